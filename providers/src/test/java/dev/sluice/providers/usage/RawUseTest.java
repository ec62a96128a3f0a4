package dev.sluice.providers.usage;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Usage in answers as their providers give them. */
class RawUseTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "openai|{'usage':{'prompt_tokens':3,'completion_tokens':4}}|3|4",
                "openai|{'usage':{'input_tokens':3,'output_tokens':4}}|3|4",
                "openai|data: {'usage':null}data: {'usage':{'prompt_tokens':3,'completion_tokens':4}}|3|4",
                "vllm|{'usage':{'prompt_tokens':3,'completion_tokens':4}}|3|4",
                "anthropic|{'usage':{'input_tokens':3,'output_tokens':1}} {'usage':{'output_tokens':4}}|3|4",
                "gemini|[{'usageMetadata':{'promptTokenCount':3}},{'usageMetadata':{'promptTokenCount':3,'candidatesTokenCount':4}}]|3|4",
                "cohere|{'usage':{'billed_units':{'input_tokens':3,'output_tokens':4}}}|3|4",
                "cohere|{'meta':{'billed_units':{'input_tokens':3,'output_tokens':4}}}|3|4",
            })
    void isReadInTheProvidersOwnForm(String provider, String answer, long in, long out) {
        String json = answer.replace('\'', '"');
        for (int step : new int[] {1, 5, 1000}) {
            for (String filling : new String[] {"", " ".repeat(100_000)}) {
                var use = new RawUse(provider);
                byte[] bytes =
                        (provider.equals("anthropic")
                                        ? json.replace(" ", filling + " ")
                                        : filling + json)
                                .getBytes(UTF_8);
                for (int at = 0; at < bytes.length; at += step) {
                    int count = Math.min(step, bytes.length - at);
                    use.add(java.util.Arrays.copyOfRange(bytes, at, at + count), count);
                }
                assertThat(use.usage()).isEqualTo(Usage.of(in, out));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "openai|{'id':'f'}",
                "openai|{'text':'\\'usage\\':{\\'prompt_tokens\\':3}'}",
                "openai|{'usage':'x'}",
                "openai|{'usage':{'prompt_tok",
                "anthropic|{'usage':7}",
                "gemini|{'usage':{}}",
                "cohere|{'usage':{}}",
            })
    void isNotMadeUp(String provider, String answer) {
        var use = new RawUse(provider);
        byte[] bytes = answer.replace('\'', '"').getBytes(UTF_8);
        use.add(bytes, bytes.length);

        assertThat(use.usage()).isNull();
    }
}
