package dev.runnel.nats;

import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks for what is known of objects. Stateless. */
final class ObjectInfos {

    /** So many questions are on their way at the same time. */
    static final int AT_ONCE = 128;

    private ObjectInfos() {}

    /** The newest of a key, also of a deleted object; null if there never was one. */
    static @Nullable ObjectInfo last(Bucket bucket, String key) throws IOException {
        Bucket.Stored stored = Bucket.stored(bucket.last(bucket.infoSubject(key)));
        return stored == null ? null : ObjectInfo.parse(stored);
    }

    /** That of an object that is there. */
    static ObjectInfo find(Bucket bucket, String key, String failed) throws IOException {
        ObjectInfo info = last(bucket, key);
        if (info == null || !info.there()) {
            throw new ObjectNotFoundException(failed + ": there is no such object");
        }
        return info;
    }

    /** As {@link #last} for {@value #AT_ONCE} or fewer subjects, in their order. */
    static List<@Nullable ObjectInfo> last(Bucket bucket, List<String> infoSubjects) throws IOException {
        List<Pending> asked = infoSubjects.stream().map(bucket::last).toList();
        List<@Nullable ObjectInfo> infos = new ArrayList<>(asked.size());
        for (Pending answer : asked) {
            Bucket.Stored stored = Bucket.stored(answer);
            infos.add(stored == null ? null : ObjectInfo.parse(stored));
        }
        return infos;
    }
}
