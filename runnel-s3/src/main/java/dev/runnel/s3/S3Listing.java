package dev.runnel.s3;

import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** ListObjectsV2, one page in memory at a time. Leaves out what is no key, e.g. the {@code dir/} of a web console. */
final class S3Listing implements ObjectListing {

    /** Fetches the page that a token stands for; null for the first. */
    @FunctionalInterface
    interface Pages {
        ListObjectsV2Response page(@Nullable String token) throws StorageException;
    }

    private final Pages pages;
    private final String prefix;
    private final @Nullable String startAfter;
    private Iterator<S3Object> page = List.<S3Object>of().iterator();
    private @Nullable String token;
    private boolean started;
    private boolean ended;

    /** Prefix and start are checked here too, for services that ignore the start or normalise the prefix. */
    S3Listing(Pages pages, String prefix, @Nullable String startAfter) {
        this.pages = pages;
        this.prefix = prefix;
        this.startAfter = startAfter;
    }

    @Override
    public @Nullable ObjectEntry next() throws IOException {
        while (true) {
            if (page.hasNext()) {
                S3Object object = page.next();
                if (isWanted(object.key())) {
                    return entry(object);
                }
            } else if (ended) {
                return null;
            } else {
                fetch();
            }
        }
    }

    @Override
    public void close() {
        ended = true;
        page = List.<S3Object>of().iterator();
    }

    private void fetch() throws StorageException {
        ListObjectsV2Response response = pages.page(started ? token : null);
        started = true;
        page = response.contents().iterator();
        token = response.nextContinuationToken();
        ended = !Boolean.TRUE.equals(response.isTruncated());
        if (!ended && (token == null || token.isEmpty())) {
            // As those do that take it for a request of the first version. Half a listing would pass for a whole one.
            throw new StorageException("cannot list " + prefix + ": the service says that there is more, and not where"
                    + " it goes on; it has no ListObjectsV2, which is needed");
        }
    }

    private boolean isWanted(String key) {
        return ObjectKeys.isValid(key) && ObjectKeys.isListed(key, prefix, startAfter);
    }

    private static ObjectEntry entry(S3Object object) {
        Instant modified = object.lastModified();
        return new ObjectEntry(
                object.key(), object.size(), modified == null ? Instant.EPOCH : modified, null, object.eTag());
    }
}
