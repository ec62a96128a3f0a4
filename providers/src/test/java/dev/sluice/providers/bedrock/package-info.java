@NullMarked
package dev.sluice.providers.bedrock;

import org.jspecify.annotations.NullMarked;
