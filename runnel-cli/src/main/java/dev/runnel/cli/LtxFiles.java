package dev.runnel.cli;

import dev.runnel.archive.LtxFile;
import java.util.LinkedHashMap;
import java.util.Map;

/** How files of a replica are listed. */
final class LtxFiles {

    private LtxFiles() {}

    /** A file as a JSON object, as {@code ltx -json} lists it. */
    static Map<String, Object> toJson(LtxFile file) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("level", file.level().number());
        json.put("min_txid", file.min().toString());
        json.put("max_txid", file.max().toString());
        json.put("size", file.size());
        json.put("timestamp", file.createdAt());
        return json;
    }
}
