/** The config file: LiteLLM's {@code config.yaml} and the block {@code sluice} beside it. */
@NullMarked
package dev.sluice.schemas.config;

import org.jspecify.annotations.NullMarked;
