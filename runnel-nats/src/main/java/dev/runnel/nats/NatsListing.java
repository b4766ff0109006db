package dev.runnel.nats;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists by names first, which one request tells for the whole bucket, since the server cannot choose among names in Base64.
 * What else is known is then asked of the wanted ones only, some at a time.
 */
final class NatsListing implements ObjectListing {

    private final Bucket bucket;
    private final String failed;
    private final Iterator<String> keys;
    private final Deque<ObjectEntry> page = new ArrayDeque<>();

    private NatsListing(Bucket bucket, List<String> keys, String failed) {
        this.bucket = bucket;
        this.keys = keys.iterator();
        this.failed = failed;
    }

    static NatsListing of(Bucket bucket, String prefix, @Nullable String startAfter, String failed) throws IOException {
        List<String> keys = new ArrayList<>();
        for (String subject : bucket.subjects(bucket.infoPrefix())) {
            String key = bucket.key(subject);
            if (key != null && ObjectKeys.isListed(key, prefix, startAfter) && ObjectKeys.isValid(key)) {
                keys.add(key);
            }
        }
        keys.sort(ObjectKeys.ORDER);
        return new NatsListing(bucket, keys, failed);
    }

    @Override
    public @Nullable ObjectEntry next() throws StorageException {
        while (page.isEmpty() && keys.hasNext()) {
            try {
                fetch();
            } catch (IOException e) {
                throw NatsErrors.map(failed, e);
            }
        }
        return page.poll();
    }

    private void fetch() throws IOException {
        List<String> some = new ArrayList<>();
        while (keys.hasNext() && some.size() < ObjectInfos.AT_ONCE) {
            some.add(keys.next());
        }
        List<@Nullable ObjectInfo> infos =
                ObjectInfos.last(bucket, some.stream().map(bucket::infoSubject).toList());
        for (int i = 0; i < some.size(); i++) {
            ObjectInfo info = infos.get(i);
            if (info != null && info.there()) {
                page.add(info.entry(some.get(i)));
            }
        }
    }
}
