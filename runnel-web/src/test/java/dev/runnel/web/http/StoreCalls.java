package dev.runnel.web.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Calls of a store that are expected to fail. */
public final class StoreCalls {

    private final ObjectStore store;

    public StoreCalls(ObjectStore store) {
        this.store = store;
    }

    /** Reads one byte of {@code k}. */
    public AbstractThrowableAssert<?, ? extends Throwable> reading() {
        return assertThatThrownBy(this::readOne);
    }

    /** Writes 100 bytes to {@code k}. */
    public AbstractThrowableAssert<?, ? extends Throwable> writing(PutCondition condition) {
        return assertThatThrownBy(() -> store.put("k", ObjectBody.of(new byte[100]), condition, null));
    }

    /** All that do not write. */
    public List<ThrowingCallable> reads() {
        return List.of(
                () -> store.head("k"),
                this::readOne,
                () -> store.readTail("k", 8),
                () -> store.list("p/", null).next(),
                () -> store.delete(List.of("k")));
    }

    /** Reads one byte of {@code k}. */
    public byte readOne() throws IOException {
        try (InputStream in = store.open("k", 0, 1)) {
            return (byte) in.read();
        }
    }

    /** Reads the first hundred bytes of {@code k}. */
    public byte[] readHundred() throws IOException {
        try (InputStream in = store.open("k", 0, 100)) {
            return in.readAllBytes();
        }
    }
}
