/** Tests of the command line, the launcher and the whole house. */
@NullMarked
package dev.sluice.standalone;

import org.jspecify.annotations.NullMarked;
