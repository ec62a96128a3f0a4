package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.IngressSettings.TlsFiles;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

class CommandLineTest {

    @Test
    void startsTheHouseWithoutAVerb() {
        assertThat(command()).isEqualTo(new Command.Start(null, null, 4000, null, null));
        assertThat(command("--port", "8000"))
                .isEqualTo(new Command.Start(null, null, 8000, null, null));
    }

    @Test
    void readsEveryOptionOfStart() {
        Command command =
                command(
                        "start --config /etc/c.yaml --host ::1 --port=0 --num_workers 8 --data /var/d");

        assertThat(command)
                .isEqualTo(
                        new Command.Start(
                                Path.of("/etc/c.yaml"), "::1", 0, Path.of("/var/d"), null));
    }

    @Test
    void readsAChaosRun() {
        assertThat(command("chaos")).isEqualTo(new Command.Chaos(10, 1, null, null));
        assertThat(command("chaos --minutes 3 --seed=7 --report /r.md --data /d"))
                .isEqualTo(new Command.Chaos(3, 7, Path.of("/d"), Path.of("/r.md")));
        assertThat(command("chaos --minutes 0")).isInstanceOf(Command.Misuse.class);
    }

    @Test
    void readsWhatToVerify() {
        assertThat(command("verify transcripts --dir /t"))
                .isEqualTo(new Command.VerifyTranscripts(Path.of("/t"), 16));
        assertThat(command("verify transcripts --cuts=0 --dir /t"))
                .isEqualTo(new Command.VerifyTranscripts(Path.of("/t"), 0));
        assertThat(command("verify transcripts")).isInstanceOf(Command.Misuse.class);
        assertThat(command("verify --dir /t")).isInstanceOf(Command.Misuse.class);
        assertThat(command("verify")).isInstanceOf(Command.Misuse.class);
    }

    @Test
    void readsWhichScenariosToPlay() {
        assertThat(command("verify routing"))
                .isEqualTo(new Command.VerifyRouting(null, 1, 1, Set.of()));
        assertThat(command("verify routing --traces /t --seed 4 --seeds=10 --scenarios S1,S2"))
                .isEqualTo(new Command.VerifyRouting(Path.of("/t"), 4, 10, Set.of("S1", "S2")));
        assertThat(command("verify routing --seeds 0")).isInstanceOf(Command.Misuse.class);
    }

    @Test
    void readsWhichQuestionsToLookUp() {
        assertThat(command("verify semantic --pairs /p"))
                .isEqualTo(new Command.VerifySemantic(Path.of("/p"), OptionalDouble.empty()));
        assertThat(command("verify semantic --pairs /p --threshold 0.9"))
                .isEqualTo(new Command.VerifySemantic(Path.of("/p"), OptionalDouble.of(0.9)));
        assertThat(command("verify semantic")).isInstanceOf(Command.Misuse.class);
        for (String threshold : List.of("0", "1.01", "-1", "NaN", "high")) {
            assertThat(command("verify semantic --pairs /p --threshold=" + threshold))
                    .isInstanceOf(Command.Misuse.class);
        }
    }

    @Test
    void readsBothFilesOfTlsAndNeverOne() {
        assertThat(command("start --ssl_keyfile_path /k --ssl-certfile-path /c"))
                .isEqualTo(
                        new Command.Start(
                                null,
                                null,
                                4000,
                                null,
                                new TlsFiles(Path.of("/k"), Path.of("/c"))));
        assertThat(command("ingress --config /c --ssl_keyfile_path /k"))
                .isEqualTo(
                        new Command.Misuse(
                                "--ssl_keyfile_path and --ssl_certfile_path go together"));
    }

    @Test
    void readsWhichJournalIsDrainedAndWhereTo() {
        assertThat(command("drain-journal /var/d --kafka k:9092"))
                .isEqualTo(
                        new Command.DrainJournal(
                                Path.of("/var/d"), null, "k:9092", Duration.ofSeconds(60)));
        assertThat(command("drain-journal /var/d --config /c.yaml --timeout 5"))
                .isEqualTo(
                        new Command.DrainJournal(
                                Path.of("/var/d"),
                                Path.of("/c.yaml"),
                                null,
                                Duration.ofSeconds(5)));
        assertThat(command("drain-journal --kafka k:9092"))
                .isEqualTo(new Command.Misuse("drain-journal needs the folder of a journal first"));
        assertThat(command("drain-journal /var/d"))
                .isEqualTo(
                        new Command.Misuse(
                                "drain-journal needs --config or --kafka, and one of them"));
    }

    @Test
    void takesHyphensAndTheShortFormThatLiteLlmTakes() {
        assertThat(command("start -c /c.yaml --num-workers 2"))
                .isEqualTo(new Command.Start(Path.of("/c.yaml"), null, 4000, null, null));
    }

    @Test
    void makesPathsAbsoluteBecauseTheLauncherMayStandElsewhere() {
        assertThat(command("start --config c.yaml"))
                .isEqualTo(
                        new Command.Start(
                                Path.of("c.yaml").toAbsolutePath(), null, 4000, null, null));
    }

    @Test
    void checksInsteadOfStarting() {
        assertThat(command("start --config /c.yaml --check"))
                .isEqualTo(new Command.Check(Path.of("/c.yaml")));
    }

    @Test
    void readsTheDemo() {
        assertThat(command("demo")).isEqualTo(new Command.Demo(4000, 4010, null));
        assertThat(command("demo --port 1 --simulator-port 2 --data /d"))
                .isEqualTo(new Command.Demo(1, 2, Path.of("/d")));
    }

    @Test
    void readsTheParts() {
        assertThat(command("ingress --config /c --host h --port 1 --data /d"))
                .isEqualTo(new Command.Ingress(Path.of("/c"), "h", 1, Path.of("/d"), null, null));
        assertThat(command("router-worker --config /c"))
                .isEqualTo(new Command.RouterWorker(Path.of("/c"), null));
        assertThat(command("spend-aggregator --config /c"))
                .isEqualTo(new Command.SpendAggregator(Path.of("/c"), "127.0.0.1", 4001));
        assertThat(command("simulator --profile instant"))
                .isEqualTo(new Command.Simulator("127.0.0.1", 4010, "instant"));
        assertThat(command("kafka")).isEqualTo(new Command.Kafka(9092, null));
        assertThat(command("postgres --port 5433")).isEqualTo(new Command.Postgres(5433, null));
    }

    @Test
    void hearsHowMuchTheLogShallTell() {
        assertThat(CommandLine.parse(List.of("demo")).verbosity()).isEqualTo(Verbosity.NORMAL);
        assertThat(CommandLine.parse(List.of("demo", "--debug")).verbosity())
                .isEqualTo(Verbosity.DEBUG);
        assertThat(CommandLine.parse(List.of("--detailed_debug")).verbosity())
                .isEqualTo(Verbosity.DETAILED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    bogus                         | 'bogus' is not a verb
                    start --prot 1                | start does not know '--prot'
                    start config.yaml             | start does not know 'config.yaml'
                    start --port                  | --port needs a value
                    start --port --check          | --port needs a value
                    start --port x                | --port 'x' is not a whole number from 0 to 65535
                    start --port 65536            | --port '65536' is not a whole number
                    start --port -1               | --port '-1' is not a whole number
                    start --port 1 --port 2       | --port stands twice
                    start --num_workers 0         | --num_workers '0' is not a whole number from 1
                    start --check=yes             | start does not know '--check=yes'
                    demo --config c.yaml          | demo does not know '--config'
                    demo --port 1 --simulator_port 1 | are both 1
                    ingress                       | ingress needs --config
                    spend-aggregator              | spend-aggregator needs --config
                    router-worker                 | router-worker needs --config
                    kafka --host x                | kafka does not know '--host'
                    batch-service                 | batch-service needs --config
                    batch-service --config c --ingress x | --ingress 'x' is not an http or https URL
                    """)
    void saysInOneSentenceWhatItCannotUnderstand(String line, String sentence) {
        Command command = command(line.strip());

        assertThat(command).isInstanceOf(Command.Misuse.class);
        assertThat(((Command.Misuse) command).message()).contains(sentence).doesNotContain("\n");
    }

    @Test
    void helpsWhereverItIsAskedTo() {
        assertThat(command("help")).isEqualTo(new Command.Help());
        assertThat(command("demo --port --help")).isEqualTo(new Command.Help());
        assertThat(command("-h")).isEqualTo(new Command.Help());
    }

    private static Command command(String... words) {
        List<String> arguments = words.length == 1 ? List.of(words[0].split(" +")) : List.of(words);
        return CommandLine.parse(arguments).command();
    }
}
