/** Tests of what an ingress knows of accounts, and how tests tell it. */
@NullMarked
package dev.sluice.ingress.accounts;

import org.jspecify.annotations.NullMarked;
