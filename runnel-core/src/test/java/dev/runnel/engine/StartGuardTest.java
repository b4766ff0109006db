package dev.runnel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.Divergence;
import dev.runnel.capture.PageOne;
import dev.runnel.capture.PageOne.Descent;
import dev.runnel.engine.StartGuard.Known;
import dev.runnel.engine.StartGuard.Verdict;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StartGuardTest {

    private static final PageOne BEFORE = page(100, Set.of("users", "orders"));

    private static PageOne page(long counter, @Nullable Set<String> tables) {
        return new PageOne(counter, 7, 0, tables, counter * 31 + Objects.hashCode(tables));
    }

    private static PageOne descending(Descent descent) {
        PageOne page = switch (descent) {
            case SUCCESSOR -> page(101, Set.of("users", "orders"));
            case OLDER -> page(99, Set.of("users", "orders"));
            case EQUAL_COUNT -> page(100, Set.of("users", "orders", "more"));
            case FOREIGN -> page(500, Set.of("planets"));
            case UNKNOWN -> page(101, null);
        };
        assertThat(page.descentFrom(BEFORE)).isEqualTo(descent);
        return page;
    }

    private static Divergence found(int known, int pages, int same, PageOne pageOne) {
        return new Divergence(known, pages, same, 0, 4096, pageOne);
    }

    @ParameterizedTest
    @CsvSource({
        // descent, pages known, pages, the same → verdict
        "SUCCESSOR, 1000, 1000,  999, PROCEED",
        "SUCCESSOR, 1000, 1000,    0, PROCEED", // vacuumed
        "SUCCESSOR,    2,    2,    0, PROCEED",
        "OLDER,     1000,  900,  800, PROCEED", // an older copy
        "OLDER,     1000,  900,  100, PROCEED",
        "OLDER,     1000,  900,   99, YOUNGER",
        "OLDER,     1000,    3,    1, YOUNGER",
        "OLDER,        2,    2,    0, YOUNGER",
        "EQUAL_COUNT, 34,   66,    2, PROCEED", // grown by one connection
        "EQUAL_COUNT, 66,   25,    0, PROCEED", // and vacuumed
        "FOREIGN,   1000, 1000,  500, PROCEED", // its tables were renamed
        "FOREIGN,   1000, 1000,  499, FOREIGN",
        "FOREIGN,   1000, 1000,    0, FOREIGN",
        "FOREIGN,     19,   19,   18, FOREIGN",
        "FOREIGN,      2,    2,    1, FOREIGN", // two empty tables look alike
        "UNKNOWN,   1000, 1000,  100, PROCEED",
        "UNKNOWN,     19,   19,    0, PROCEED",
    })
    void decidesByDescentAndByTheShareOfEqualPages(Descent descent, int known, int pages, int same, Verdict verdict) {
        Divergence found = found(known, pages, same, descending(descent));
        assertThat(StartGuard.decide(OnDivergence.DECIDE, new Known(false, BEFORE), found))
                .isEqualTo(verdict);
        assertThat(StartGuard.decide(OnDivergence.RESTORE, new Known(true, BEFORE), found))
                .isEqualTo(verdict);
        assertThat(StartGuard.decide(OnDivergence.CONTINUE, new Known(false, BEFORE), found))
                .isEqualTo(Verdict.PROCEED);
        boolean wentOnHere =
                verdict == Verdict.PROCEED && (descent == Descent.SUCCESSOR || descent == Descent.EQUAL_COUNT);
        Verdict strict = verdict == Verdict.PROCEED ? Verdict.UNPROVED : verdict;
        assertThat(StartGuard.decide(OnDivergence.FAIL, new Known(false, BEFORE), found))
                .isEqualTo(strict);
        assertThat(StartGuard.decide(OnDivergence.FAIL, new Known(true, BEFORE), found))
                .isEqualTo(wentOnHere ? Verdict.PROCEED : strict);
    }

    /** The very file that local state was kept for may have changed much; or it is a new one with the old inode. */
    @ParameterizedTest
    @CsvSource({
        "UNKNOWN,     1000, 1000, 99, DIFFERENT, PROCEED",
        "UNKNOWN,       20,   20,  1, DIFFERENT, PROCEED",
        "UNKNOWN,     1000,   99,  0, DIFFERENT, DIFFERENT",
        "EQUAL_COUNT,   25,    2,  0, YOUNGER,   YOUNGER", // begun anew
        "EQUAL_COUNT,   25,    3,  0, PROCEED,   PROCEED",
        "EQUAL_COUNT,    2,    2,  0, PROCEED,   PROCEED",
        "OLDER,       1000,  900, 99, YOUNGER,   YOUNGER",
        "FOREIGN,     1000,  900, 99, FOREIGN,   FOREIGN",
    })
    void theFileThatIsKnownMayHaveChanged(
            Descent descent, int known, int pages, int same, Verdict elsewhere, Verdict here) {
        Divergence found = found(known, pages, same, descending(descent));
        assertThat(StartGuard.decide(OnDivergence.DECIDE, new Known(false, BEFORE), found))
                .isEqualTo(elsewhere);
        assertThat(StartGuard.decide(OnDivergence.DECIDE, new Known(true, BEFORE), found))
                .isEqualTo(here);
    }

    @Test
    void whatNothingIsKnownOfIsJudgedByItsPages() {
        PageOne page = descending(Descent.SUCCESSOR);
        assertThat(StartGuard.decide(OnDivergence.DECIDE, new Known(false, null), found(1000, 1000, 5, page)))
                .isEqualTo(Verdict.DIFFERENT);
        assertThat(StartGuard.decide(OnDivergence.DECIDE, new Known(false, null), found(1000, 1000, 500, page)))
                .isEqualTo(Verdict.PROCEED);
    }

    @ParameterizedTest
    @EnumSource(OnDivergence.class)
    void nothingIsWrongWhereNothingDiffers(OnDivergence policy) {
        Divergence none = found(5, 5, 5, BEFORE);
        assertThat(StartGuard.decide(policy, new Known(false, null), none)).isEqualTo(Verdict.PROCEED);
    }

    @Test
    void aDatabaseWithoutTablesDoesNotFollowOneThatHasSome() {
        PageOne empty = page(200, Set.of());
        assertThat(StartGuard.decide(OnDivergence.DECIDE, new Known(true, BEFORE), found(50, 1, 0, empty)))
                .isEqualTo(Verdict.EMPTY);
        assertThat(StartGuard.decide(OnDivergence.CONTINUE, new Known(true, BEFORE), found(50, 1, 0, empty)))
                .isEqualTo(Verdict.PROCEED);
        Known wasEmpty = new Known(true, page(100, Set.of()));
        assertThat(StartGuard.decide(OnDivergence.DECIDE, wasEmpty, found(2, 2, 1, empty)))
                .isEqualTo(Verdict.PROCEED);
    }

    /** What is foreseen comes true, and once all is compared it is certain. Every combination of small numbers. */
    @ParameterizedTest
    @EnumSource(OnDivergence.class)
    void aVerdictIsForeseenOnlyWhereTheRestCannotChangeIt(OnDivergence policy) {
        int settled = 0;
        for (Descent descent : Descent.values()) {
            for (boolean sameFile : new boolean[] {true, false}) {
                for (int known : new int[] {1, 2, 19, 20, 21, 40}) {
                    for (int pages : new int[] {1, 19, 40}) {
                        settled += foresee(policy, new Known(sameFile, BEFORE), known, pages, descending(descent));
                    }
                }
            }
        }
        assertThat(settled).isPositive();
    }

    private static int foresee(OnDivergence policy, Known before, int known, int pages, PageOne pageOne) {
        int both = Math.min(known, pages);
        int settled = 0;
        for (int same = 0; same <= both; same++) {
            for (int unread = 0; same + unread <= both; unread++) {
                Divergence soFar = new Divergence(known, pages, same, unread, 4096, pageOne);
                Set<Verdict> possible = EnumSet.noneOf(Verdict.class);
                for (int more = 0; more <= unread; more++) {
                    possible.add(StartGuard.decide(policy, before, found(known, pages, same + more, pageOne)));
                }
                assertThat(StartGuard.isSettled(policy, before, soFar))
                        .as("%s %s %s: %s", policy, before, soFar, possible)
                        .isEqualTo(possible.size() == 1);
                settled += possible.size() == 1 && unread > 0 ? 1 : 0;
            }
        }
        return settled;
    }
}
