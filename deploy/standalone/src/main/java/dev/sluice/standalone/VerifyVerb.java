package dev.sluice.standalone;

import dev.sluice.standalone.lab.Laboratory;
import dev.sluice.standalone.similar.BadFileException;
import dev.sluice.standalone.similar.SemanticVerification;
import dev.sluice.standalone.transcripts.Verdict;
import dev.sluice.standalone.transcripts.Verification;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The verb {@code verify}: {@code transcripts}, {@code routing} and {@code semantic}. */
final class VerifyVerb {

    /** Where recorded arrivals lie beside a checkout. */
    private static final String BESIDE = "../shared/data/traces";

    private final Home home;
    private final Console console;

    VerifyVerb(Home home, Console console) {
        this.home = home;
        this.console = console;
    }

    /** The exit code: 0 if every fact was found, else 1. */
    int run(Command.VerifyTranscripts wanted) throws CannotStartException, InterruptedException {
        try {
            Files.createDirectories(home.folder());
            Path scratch = Files.createTempDirectory(home.folder(), "verify");
            try {
                Verdict verdict = Verification.of(wanted.folder(), scratch, wanted.cuts());
                verdict.lines().forEach(console::line);
                return verdict.failed() == 0 ? 0 : 1;
            } finally {
                ScratchFolder.delete(scratch);
            }
        } catch (IOException e) {
            throw new CannotStartException("verify transcripts: " + e, e);
        }
    }

    /** Prints a table of each scenario; what is measured is for people to judge. */
    int run(Command.VerifyRouting wanted) throws CannotStartException {
        Path traces = wanted.traces() == null ? Path.of(BESIDE) : wanted.traces();
        try {
            new Laboratory(traces, wanted.scenarios())
                    .run(wanted.seed(), wanted.seeds(), console::line);
            return 0;
        } catch (IOException e) {
            throw new CannotStartException("verify routing: " + e.getMessage(), e);
        }
    }

    /** Prints how often look-ups hit and were wrong; the exit code is 2 for a file that is bad. */
    int run(Command.VerifySemantic wanted) throws CannotStartException, InterruptedException {
        try {
            var verification = new SemanticVerification(wanted.pairs(), console::line);
            if (wanted.threshold().isPresent()) {
                verification.run(wanted.threshold().getAsDouble());
            } else {
                verification.run();
            }
            return 0;
        } catch (BadFileException e) {
            console.complain(String.valueOf(e.getMessage()));
            return 2;
        } catch (IOException e) {
            throw new CannotStartException("verify semantic: " + e.getMessage(), e);
        }
    }
}
