package dev.sluice.batch.lines;

import org.jspecify.annotations.Nullable;

/**
 * What is wrong with an input file, as OpenAI lists it.
 *
 * @param code OpenAI's where it has one
 * @param line its number, the first is 1; null where the whole file is meant
 * @param message for people; shows nothing of the line
 * @param param which field is meant; null for none
 */
public record LineProblem(
        String code, @Nullable Integer line, String message, @Nullable String param) {}
