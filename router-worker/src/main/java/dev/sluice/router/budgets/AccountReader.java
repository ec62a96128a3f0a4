package dev.sluice.router.budgets;

import dev.sluice.router.budgets.AccountDirectory.Outcome;
import dev.sluice.schemas.accounts.RecordSignature;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.EnumSet;
import java.util.Set;

/** Shows the directory every account record: all of them before the first event is counted. */
final class AccountReader implements Processor<String, byte[], Void, Void> {

    private static final Logger LOGGER = LoggerFactory.getLogger(AccountReader.class);

    private final AccountDirectory directory;
    private final BudgetMetrics metrics;

    /** Of each kind one line: who floods the topic shall not flood the log. */
    private final Set<Outcome> reported = EnumSet.of(Outcome.BELIEVED, Outcome.REPEATED);

    AccountReader(AccountDirectory directory, BudgetMetrics metrics) {
        this.directory = directory;
        this.metrics = metrics;
    }

    @Override
    public void process(Record<String, byte[]> record) {
        Header signature = record.headers().lastHeader(RecordSignature.HEADER);
        Outcome outcome =
                record.key() == null
                        ? Outcome.UNSIGNED
                        : directory.accept(
                                record.key(),
                                record.value(),
                                signature == null ? null : signature.value());
        metrics.saw(outcome);
        if (reported.add(outcome)) {
            LOGGER.atWarn()
                    .addKeyValue("outcome", outcome)
                    .log("account records are not believed; the metrics say how many");
        }
    }
}
