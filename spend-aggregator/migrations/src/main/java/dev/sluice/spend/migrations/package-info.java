/** The tables of the books as Flyway migrations. Knows nothing of who writes or reads them. */
@NullMarked
package dev.sluice.spend.migrations;

import org.jspecify.annotations.NullMarked;
