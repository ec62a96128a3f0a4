/**
 * What an attempt cost, and how that is written down so that no crash loses it or counts it twice.
 * Knows no HTTP, no provider and no database.
 */
@NullMarked
package dev.sluice.metering;

import org.jspecify.annotations.NullMarked;
