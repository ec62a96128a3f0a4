/** Tests of the accounts without HTTP. */
@NullMarked
package dev.sluice.spend.accounts;

import org.jspecify.annotations.NullMarked;
