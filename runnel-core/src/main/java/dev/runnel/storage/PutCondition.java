package dev.runnel.storage;

import org.jspecify.annotations.Nullable;

/** When a write may happen. */
public final class PutCondition {

    private static final PutCondition ANY = new PutCondition(false, null);
    private static final PutCondition IF_ABSENT = new PutCondition(true, null);

    private final boolean absent;
    private final @Nullable String etag;

    private PutCondition(boolean absent, @Nullable String etag) {
        this.absent = absent;
        this.etag = etag;
    }

    /** Always; an existing object is replaced. */
    public static PutCondition any() {
        return ANY;
    }

    /** Only when there is no object of that key. */
    public static PutCondition ifAbsent() {
        return IF_ABSENT;
    }

    /** Only when the object there has this etag. */
    public static PutCondition ifMatch(String etag) {
        return new PutCondition(false, etag);
    }

    /** Whether the key must be free. */
    public boolean isIfAbsent() {
        return absent;
    }

    /** The etag that must be there, or null. */
    public @Nullable String etag() {
        return etag;
    }

    @Override
    public String toString() {
        return absent ? "if-absent" : etag != null ? "if-match " + etag : "any";
    }
}
