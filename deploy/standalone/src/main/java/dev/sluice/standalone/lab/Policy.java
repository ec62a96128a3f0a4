package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Call;
import dev.sluice.standalone.lab.Attempt.Failure;

/** How one gateway chooses, and what it remembers. */
interface Policy {

    /** Where the next attempt goes; -1 where no deployment may be tried. */
    int choose(Call call);

    void sent(Attempt attempt);

    void answered(Attempt attempt);

    void ended(Attempt attempt);

    void failed(Attempt attempt, Failure failure);

    /** Before the next attempt, in microseconds; negative for no further attempt. */
    long waitMicros(Call call, Failure failure);
}
