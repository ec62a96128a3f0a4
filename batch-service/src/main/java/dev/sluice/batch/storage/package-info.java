/** Where the bytes of files are. */
@NullMarked
package dev.sluice.batch.storage;

import org.jspecify.annotations.NullMarked;
