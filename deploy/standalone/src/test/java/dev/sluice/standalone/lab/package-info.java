@NullMarked
package dev.sluice.standalone.lab;

import org.jspecify.annotations.NullMarked;
