package dev.runnel.nats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes some objects. Each is first replaced by a mark that it is deleted, as other clients do, so that from then on nobody
 * finds it; then its chunks go, and last the mark, which others leave there for ever. Who is interrupted in between leaves
 * the mark, which names the chunks: deleting again goes on from there.
 */
final class Removal {

    private final Bucket bucket;
    private final ChunkMaps maps;
    private final List<Doomed> doomed = new ArrayList<>();

    /**
     * @param info its entry, or its mark
     * @param answer to the request to make the mark; null where there is one already
     */
    private record Doomed(
            String key, ObjectInfo info, @Nullable Pending answer) {}

    Removal(Bucket bucket, ChunkMaps maps) {
        this.bucket = bucket;
        this.maps = maps;
    }

    /**
     * Deletes those that are there.
     *
     * @param keys at most {@value ObjectInfos#AT_ONCE}
     * @return those that another client touched meanwhile, so that they are to be looked at again
     */
    List<String> run(List<String> keys, Drafts drafts) throws IOException {
        mark(keys, drafts);
        List<String> again = new ArrayList<>();
        List<Long> marks = new ArrayList<>();
        List<Pending> purges = new ArrayList<>();
        for (Doomed one : doomed) {
            try {
                marks.add(one.answer() == null ? one.info().sequence() : Bucket.sequence(one.answer()));
            } catch (RefusedException e) {
                if (e.errorCode() != RefusedException.WRONG_LAST_SEQUENCE) {
                    throw e;
                }
                again.add(one.key());
                continue;
            }
            maps.forget(one.info());
            purges.add(bucket.purge(bucket.chunkSubject(one.info().nuid())));
        }
        for (Pending purge : purges) {
            purge.json();
        }
        forget(marks);
        return again;
    }

    /** Makes what is written in place of an object. */
    @FunctionalInterface
    interface Drafts {
        ObjectInfo.Draft of(String key);
    }

    private void mark(List<String> keys, Drafts drafts) throws IOException {
        List<@Nullable ObjectInfo> infos =
                ObjectInfos.last(bucket, keys.stream().map(bucket::infoSubject).toList());
        for (int i = 0; i < keys.size(); i++) {
            ObjectInfo info = infos.get(i);
            if (info == null) {
                continue;
            }
            String key = keys.get(i);
            doomed.add(new Doomed(
                    key,
                    info,
                    info.there()
                            ? bucket.replace(
                                    bucket.infoSubject(key), drafts.of(key).ofDeleted(info.nuid()), info.sequence())
                            : null));
        }
    }

    /** A mark that stays does no harm. */
    private void forget(List<Long> marks) throws IOException {
        List<Pending> answers = marks.stream().map(bucket::remove).toList();
        for (Pending answer : answers) {
            try {
                answer.json();
            } catch (RefusedException e) {
                // it is gone already, or the bucket does not let messages be deleted
            }
        }
    }
}
