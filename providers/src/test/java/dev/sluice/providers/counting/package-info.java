@org.jspecify.annotations.NullMarked
package dev.sluice.providers.counting;
