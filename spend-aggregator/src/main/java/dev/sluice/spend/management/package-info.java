/**
 * LiteLLM's management API: what calls say, who may do it to which account, and what they are
 * answered. How accounts are kept and published is not known here.
 */
@NullMarked
package dev.sluice.spend.management;

import org.jspecify.annotations.NullMarked;
