/**
 * The verb {@code verify transcripts}: recorded answers of providers, served again and called
 * through the gateway, against what a separate script found in them.
 */
@NullMarked
package dev.sluice.standalone.transcripts;

import org.jspecify.annotations.NullMarked;
