package dev.sluice.standalone.transcripts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of a folder of recordings.
 *
 * @param passed recordings in which every fact was found
 * @param failed recordings with a finding
 * @param findings what was not found, in the order of the files
 * @param excepted recordings that were left out, with the reason
 */
public record Verdict(
        int passed, int failed, List<Finding> findings, Map<String, String> excepted) {

    public Verdict {
        findings = List.copyOf(findings);
        excepted = Map.copyOf(excepted);
    }

    /** What people read: findings, what was left out by reason, and the sum in the last line. */
    public List<String> lines() {
        Map<String, Integer> reasons = new TreeMap<>();
        excepted.values().forEach(reason -> reasons.merge(reason, 1, Integer::sum));
        List<String> lines = new ArrayList<>();
        findings.forEach(finding -> lines.add(finding.toString()));
        reasons.forEach((reason, count) -> lines.add("excepted %d: %s".formatted(count, reason)));
        lines.add(
                excepted.isEmpty()
                        ? "%d passed, %d failed".formatted(passed, failed)
                        : "%d passed, %d failed, %d excepted"
                                .formatted(passed, failed, excepted.size()));
        return lines;
    }
}
