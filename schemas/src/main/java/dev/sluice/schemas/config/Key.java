package dev.sluice.schemas.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How a record component stands in the file, where its name and type do not say it already. The
 * reader and the reference page both go by it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Key {

    /** The key; else the component's name in snake_case. */
    String name() default "";

    /** Other spellings of the key. */
    String[] also() default {};

    /** What holds where the file says nothing, as it would be written there. */
    String standard() default "";

    /** The least number allowed. */
    String min() default "0";

    /** The greatest number allowed; else what the type can hold. */
    String max() default "";

    /** The only texts allowed. */
    String[] oneOf() default {};

    /** What a text has to be. */
    TextRule is() default TextRule.ANY;

    /** A record whose keys stand in the same mapping. */
    boolean inline() default false;

    /** A map that takes all keys that nothing else takes. */
    boolean rest() default false;
}
