package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.standalone.LauncherFixture.Outcome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class LauncherTest {

    @TempDir private Path folder;
    private LauncherFixture launcher;

    @BeforeEach
    void copyTheScript() throws IOException {
        launcher = new LauncherFixture(folder);
    }

    @Test
    void saysHowToMendAMissingJdk() throws Exception {
        Outcome outcome = launcher.withMaven("3.9.9").run("demo");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("JDK 25", "SLUICE_JAVA_HOME");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void passesOverAJdkThatIsTooOld() throws Exception {
        launcher.withMaven("3.9.9").with("JAVA_HOME", launcher.jdk("jdk-17", "17.0.15").toString());

        assertThat(launcher.run("demo").err()).contains("needs a JDK 25");
    }

    @Test
    void refusesAWrongJdkThatWasAskedFor() throws Exception {
        launcher.with("JAVA_HOME", launcher.jdk("jdk-25", "25").toString())
                .with("SLUICE_JAVA_HOME", launcher.jdk("jdk-17", "17.0.15").toString());

        Outcome outcome = launcher.run("demo");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("SLUICE_JAVA_HOME", "jdk-17");
    }

    @Test
    void findsAJdkBehindTheLinkOnThePath() throws Exception {
        Path jdk = launcher.jdk("jdk-26", "26-ea");
        Files.createSymbolicLink(
                Files.createDirectories(folder.resolve("links")).resolve("java"),
                jdk.resolve("bin/java"));
        launcher.withMaven("3.9.9")
                .with("PATH", folder.resolve("links") + ":" + folder.resolve("bin"));

        assertThat(launcher.run("demo").status()).isZero();
        assertThat(launcher.calls().getFirst()).contains("JAVA_HOME=" + jdk.toRealPath());
    }

    @Test
    void saysHowToMendAMissingMaven() throws Exception {
        Outcome outcome = withJdk().run("demo");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("Maven 3.8", "apt-get install maven");
    }

    @Test
    void refusesAnOldMaven() throws Exception {
        Outcome outcome = withJdk().withMaven("3.6.3").run("demo");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("3.6.3");
    }

    @Test
    void takesMavenFour() throws Exception {
        assertThat(withJdk().withMaven("4.0.0").run("demo").status()).isZero();
    }

    @Test
    void saysWhatBrokeTheBuildAndWhereTheRestIs() throws Exception {
        withJdk()
                .withMaven("3.8.7")
                .with("MAVEN_STATUS", "1")
                .with(
                        "MAVEN_OUTPUT",
                        "[INFO] x\\n[ERROR] A.java:[1,2] ';' expected\\n[ERROR] more");

        Outcome outcome = launcher.run("demo");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err().lines().toList())
                .hasSize(2)
                .last()
                .asString()
                .contains("the build failed", "A.java:[1,2] ';' expected", ".sluice/build.log");
        assertThat(launcher.calls()).noneMatch(call -> call.startsWith("java"));
    }

    @Test
    void saysThatABuildWithoutANetworkNeedsOne() throws Exception {
        withJdk()
                .withMaven("3.8.7")
                .with("MAVEN_STATUS", "1")
                .with("MAVEN_OUTPUT", "[ERROR] Could not transfer artifact a:b:jar:1");

        assertThat(launcher.run("demo").err()).contains("network");
    }

    @Test
    void buildsAndTrainsOnceForTheSameSources() throws Exception {
        withJdk().withMaven("3.8.7");

        Outcome first = launcher.run("demo", "--port", "1");
        Outcome second = launcher.run("demo", "--port", "1");

        assertThat(first.err()).contains("building");
        assertThat(second.err()).isEmpty();
        assertThat(launcher.calls())
                .satisfiesExactly(
                        call -> assertThat(call).startsWith("mvn ").contains("-Dquick"),
                        call -> assertThat(call).contains("-XX:AOTCacheOutput=", "Main train"),
                        call -> assertThat(call).contains("-XX:AOTCache=", "Main demo --port 1"),
                        call -> assertThat(call).contains("-XX:AOTCache=", "Main demo --port 1"));
    }

    @Test
    void buildsAgainWhenAndOnlyWhenASourceChanged() throws Exception {
        withJdk().withMaven("3.8.7");
        launcher.run("demo");
        LauncherFixture.write(launcher.source(), "class A { int b; }\n", false);

        launcher.run("demo");
        Files.createDirectories(launcher.root().resolve("docs"));
        Files.writeString(launcher.root().resolve("docs/page.md"), "text");
        Files.setLastModifiedTime(
                launcher.source(), java.nio.file.attribute.FileTime.fromMillis(0));
        launcher.run("demo");

        assertThat(launcher.calls().stream().filter(call -> call.startsWith("mvn"))).hasSize(2);
    }

    @Test
    void trainsAgainForAnotherJdkAndDoesNotBuildForIt() throws Exception {
        withJdk().withMaven("3.8.7");
        launcher.run("demo");
        launcher.with("SLUICE_JAVA_HOME", launcher.jdk("jdk-26", "26.0.1").toString());

        launcher.run("demo");

        assertThat(launcher.calls().stream().filter(call -> call.startsWith("mvn"))).hasSize(1);
        assertThat(launcher.calls().stream().filter(call -> call.endsWith("train"))).hasSize(2);
    }

    @Test
    void startsWithoutACacheWhenTrainingFailsAndDoesNotTryAgain() throws Exception {
        withJdk().withMaven("3.8.7").with("TRAINING_STATUS", "1");

        Outcome first = launcher.run("demo");
        Outcome second = launcher.run("demo");

        assertThat(first.status()).isZero();
        assertThat(first.err()).contains("slower", "train.log");
        assertThat(second.err()).isEmpty();
        assertThat(launcher.calls().getLast())
                .contains("Main demo")
                .doesNotContain("-XX:AOTCache=");
    }

    @Test
    void buildsOnceWhenTwoStartAtTheSameTime() throws Exception {
        withJdk().withMaven("3.8.7").with("MAVEN_SECONDS", "2");

        Process one = launcher.begin(launcher.root(), launcher.script(), "demo");
        Process other = launcher.begin(launcher.root(), launcher.script(), "demo");
        List<Outcome> outcomes = List.of(launcher.await(one), launcher.await(other));

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.status()).isZero());
        assertThat(launcher.calls().stream().filter(call -> call.startsWith("mvn"))).hasSize(1);
        assertThat(launcher.calls().stream().filter(call -> call.endsWith("train"))).hasSize(1);
    }

    @Test
    void takesTheLockOfABuilderThatDied() throws Exception {
        withJdk().withMaven("3.8.7");
        Path state = Files.createDirectories(launcher.root().resolve(".sluice"));
        Files.createSymbolicLink(state.resolve("build.lock"), Path.of("999999999"));

        assertThat(launcher.run("demo").status()).isZero();
        assertThat(state.resolve("build.lock")).doesNotExist();
    }

    @Test
    void worksThroughALinkAndFromAnotherFolder() throws Exception {
        withJdk().withMaven("3.8.7");
        Path links = Files.createDirectories(folder.resolve("a b/links"));
        Path absolute = Files.createSymbolicLink(links.resolve("gateway"), launcher.script());
        Files.createSymbolicLink(links.resolve("chain"), Path.of("gateway"));

        assertThat(launcher.run(folder, absolute, "demo").status()).isZero();
        assertThat(launcher.run(links, Path.of("./chain"), "demo").status()).isZero();
        assertThat(launcher.calls().getLast())
                .contains("-Dsluice.home=" + launcher.root().resolve(".sluice"));
    }

    @Test
    void worksInAFolderWithBlanks() throws Exception {
        var inBlanks = new LauncherFixture(folder.resolve("with some blanks"));
        inBlanks.withMaven("3.8.7")
                .with("SLUICE_JAVA_HOME", inBlanks.jdk("jdk 25", "25.0.3").toString());

        Outcome outcome = inBlanks.run("demo");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("Main demo");
    }

    @Test
    void meansStartWithoutAVerbAndUnderLiteLlmsName() throws Exception {
        withJdk().withMaven("3.8.7");
        Path litellm = Files.createSymbolicLink(folder.resolve("litellm"), launcher.script());

        assertThat(launcher.run().out()).contains("Main start\n");
        assertThat(launcher.run(folder, litellm, "--config", "a b.yaml").out())
                .contains("Main start --config a b.yaml\n");
    }

    @Test
    void makesJvmFlagsOfTheWorkersAndOfTheOperatorsOptions() throws Exception {
        withJdk().withMaven("3.8.7").with("SLUICE_JVM_OPTIONS", "-Xmx3g -XX:+UseZGC");

        launcher.run("start", "--num_workers", "7");
        String call = launcher.calls().getLast();

        assertThat(call)
                .contains("-Djdk.virtualThreadScheduler.parallelism=7", "-Xmx3g -XX:+UseZGC -cp")
                .endsWith("Main start --num_workers 7");
    }

    @Test
    void leavesWorkersThatMakeNoSenseToTheOtherSide() throws Exception {
        withJdk().withMaven("3.8.7");

        launcher.run("start", "--num_workers", "x;y");

        assertThat(launcher.calls().getLast()).doesNotContain("parallelism");
    }

    @Test
    void refusesAnUnknownVerbBeforeItBuilds() throws Exception {
        Outcome outcome = launcher.run("dmeo");

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).hasLineCount(1).contains("'dmeo' is not a verb");
    }

    @Test
    void helpsAndTellsItsVersionWithoutAJdk() throws Exception {
        assertThat(launcher.run("help").out()).isEqualTo("the verbs\n");
        assertThat(launcher.run("demo", "--help").out()).isEqualTo("the verbs\n");
        assertThat(launcher.run("--help").out()).isEqualTo("the verbs\n");
        assertThat(launcher.run("version").out()).isEqualTo("sluice 1.2.3\n");
    }

    @Test
    void testsWithEveryGateAndPassesArgumentsOn() throws Exception {
        withJdk().withMaven("3.8.7").with("MAVEN_OUTPUT", compiled("a") + formatted("a"));

        Outcome outcome = launcher.run("test", "-pl", "schemas");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.out()).contains("(default-compile) @ a");
        assertThat(launcher.calls().getFirst())
                .contains(" verify -pl schemas ")
                .doesNotContain("quick");
    }

    @Test
    void failsTheTestsWhenTheFormatterDidNotRunForAModule() throws Exception {
        withJdk()
                .withMaven("3.8.7")
                .with("MAVEN_OUTPUT", compiled("a") + formatted("a") + compiled("b"));

        Outcome outcome = launcher.run("test");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("formatter gate did not run");
    }

    @Test
    void failsTheTestsWhenTheFormatterWasSkipped() throws Exception {
        withJdk()
                .withMaven("3.8.7")
                .with(
                        "MAVEN_OUTPUT",
                        compiled("a") + formatted("a") + "[INFO] Spotless check skipped");

        assertThat(launcher.run("test").status()).isEqualTo(1);
    }

    @Test
    void failsWhenTheTestsDo() throws Exception {
        withJdk()
                .withMaven("3.8.7")
                .with("MAVEN_STATUS", "1")
                .with("MAVEN_OUTPUT", compiled("a") + formatted("a"));

        Outcome outcome = launcher.run("test");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("test.log");
    }

    private LauncherFixture withJdk() throws IOException {
        return launcher.with("JAVA_HOME", launcher.jdk("jdk-25", "25.0.3").toString());
    }

    private static String compiled(String module) {
        return "[INFO] --- maven-compiler-plugin:3:compile (default-compile) @ %s ---\\n"
                .formatted(module);
    }

    private static String formatted(String module) {
        return "[INFO] --- spotless-maven-plugin:3:check (formatter) @ %s ---\\n".formatted(module);
    }
}
