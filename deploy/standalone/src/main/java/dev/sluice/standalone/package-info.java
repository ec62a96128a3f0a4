/**
 * The whole house in one process, and the command line. Knows every service; no service knows it.
 */
@NullMarked
package dev.sluice.standalone;

import org.jspecify.annotations.NullMarked;
