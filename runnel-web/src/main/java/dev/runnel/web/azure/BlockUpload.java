package dev.runnel.web.azure;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.storage.BodySlice;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.StorageException;
import dev.runnel.web.http.Md5Stream;
import dev.runnel.web.http.Percent;
import dev.runnel.web.http.WebErrors;
import dev.runnel.web.http.WebRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Sends a body as blocks. They are nothing until the list of them is put; the service drops after a week what no list
 * names. A block is named by its number and its MD5, so that two writers of one key never mix their blocks.
 */
final class BlockUpload {

    /** Bytes per block while there are not too many of them. */
    static final long BLOCK_BYTES = 4L * 1024 * 1024;

    /** Set by the service. */
    private static final int MOST_BLOCKS = 50_000;

    private final AzureRequests requests;
    private final String key;
    private final String failed;

    BlockUpload(AzureRequests requests, String key, String failed) {
        this.requests = requests;
        this.key = key;
        this.failed = failed;
    }

    /** Sends all blocks, one after the other. Returns the list to put. */
    BodySlice send(ObjectBody body) throws StorageException {
        long bytes = blockBytes(body.length());
        List<String> ids = new ArrayList<>();
        for (long offset = 0; offset < body.length(); offset += bytes) {
            ids.add(block(new BodySlice(body, offset, Math.min(bytes, body.length() - offset)), ids.size()));
        }
        StringBuilder list = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        ids.forEach(id -> list.append("<Latest>").append(id).append("</Latest>"));
        return BodySlice.of(list.append("</BlockList>").toString().getBytes(UTF_8));
    }

    /** Grows for bodies that would have too many blocks, in whole MiB. */
    static long blockBytes(long length) {
        long mebibyte = 1024 * 1024;
        long least = (length + MOST_BLOCKS - 1) / MOST_BLOCKS;
        return Math.max(BLOCK_BYTES, (least + mebibyte - 1) / mebibyte * mebibyte);
    }

    private String block(BodySlice part, int number) throws StorageException {
        String md5 = Md5Stream.of(part, failed);
        String id = Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(20)
                        .putInt(number)
                        .put(Base64.getDecoder().decode(md5))
                        .array());
        WebRequest request = requests.blob("PUT", key, "comp=block&blockid=" + Percent.component(id))
                .header("Content-MD5", md5)
                .body(part);
        requests.send(request, failed + ": block " + (number + 1), WebErrors.Effect.NONE)
                .close();
        return id;
    }
}
