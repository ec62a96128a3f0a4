package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

/**
 * Another public name of a model group, written as the group's name or as {@code {model: group,
 * hidden: true}}.
 *
 * @param model the model group that is meant
 * @param hidden it may be called, but is not listed
 */
public record ModelAlias(@Key(is = TextRule.NAME) String model, boolean hidden) {

    public ModelAlias {
        requireNonNull(model, "model is null");
    }
}
