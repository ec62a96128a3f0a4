@NullMarked
package dev.sluice.standalone.transcripts;

import org.jspecify.annotations.NullMarked;
