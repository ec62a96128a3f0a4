/** Who may call, within which limits: the accounts as they travel to the ingresses. */
@NullMarked
package dev.sluice.schemas.accounts;

import org.jspecify.annotations.NullMarked;
