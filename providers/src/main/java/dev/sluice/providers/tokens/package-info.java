/**
 * Providers' short-lived tokens: Google's and Microsoft Entra ID's, by their own libraries. Nothing
 * of these is loaded before a deployment asks for it, and nothing is fetched before a call does.
 */
@NullMarked
package dev.sluice.providers.tokens;

import org.jspecify.annotations.NullMarked;
