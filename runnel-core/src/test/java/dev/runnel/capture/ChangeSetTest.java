package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChangeSetTest {

    private static final int LOCK_PAGE = 16385;

    @Test
    void pagesWithFramesChanged() {
        ChangeSet changes = new ChangeSet(10);
        assertThat(changes.isEmpty(10, 10)).isTrue();
        changes.page(3);
        changes.page(3);
        changes.page(1);
        changes.commit(10);
        assertThat(changes.isEmpty(10, 10)).isFalse();
        assertThat(changes.size()).isEqualTo(2);
        assertThat(changes.changed(10, LOCK_PAGE)).containsExactly(1, 3);
    }

    @Test
    void pagesThatCameWithoutAFrameChangedToo() {
        ChangeSet changes = new ChangeSet(10);
        assertThat(changes.isEmpty(10, 12)).isFalse();
        assertThat(changes.changed(13, LOCK_PAGE)).containsExactly(11, 12, 13);
    }

    @Test
    void pagesThatWereDroppedAndCameAgainChanged() {
        ChangeSet changes = new ChangeSet(10);
        changes.page(2);
        changes.commit(5);
        changes.commit(8);
        assertThat(changes.changed(8, LOCK_PAGE)).containsExactly(2, 6, 7, 8);
        changes.commit(10);
        assertThat(changes.isEmpty(10, 10)).isFalse();
        assertThat(changes.changed(10, LOCK_PAGE)).containsExactly(2, 6, 7, 8, 9, 10);
    }

    @Test
    void aDatabaseThatShrankAndGrewWithoutFramesIsNotEmpty() {
        ChangeSet changes = new ChangeSet(10);
        changes.commit(5);
        changes.commit(10);
        assertThat(changes.isEmpty(10, 10)).isFalse();
    }

    @Test
    void pagesBeyondTheEndAreGone() {
        ChangeSet changes = new ChangeSet(10);
        changes.page(9);
        changes.page(2);
        changes.commit(4);
        assertThat(changes.changed(4, LOCK_PAGE)).containsExactly(2);
    }

    @Test
    void theLockPageIsNone() {
        ChangeSet changes = new ChangeSet(16383);
        changes.page(1);
        assertThat(changes.changed(16387, LOCK_PAGE)).containsExactly(1, 16384, 16386, 16387);
        assertThat(changes.changed(LOCK_PAGE, LOCK_PAGE)).containsExactly(1, 16384);
    }

    @Test
    void startingOver() {
        ChangeSet changes = new ChangeSet(10);
        changes.page(3);
        changes.commit(4);
        changes.restart(20);
        assertThat(changes.isEmpty(20, 20)).isTrue();
        assertThat(changes.changed(20, LOCK_PAGE)).isEmpty();
    }
}
