package dev.runnel.cli.config;

import dev.runnel.age.AgeIdentities;
import dev.runnel.age.AgeRecipients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads {@code age:} of a replica. */
final class AgeReader {

    private static final String IDENTITIES = "identities";
    private static final String RECIPIENTS = "recipients";

    private final PathRules paths;

    AgeReader(PathRules paths) {
        this.paths = paths;
    }

    /** The keys; what is wrong with them is recorded as an error at its line, without quoting a key. */
    AgeKeys read(YamlSection section) {
        YamlSection age = section.section("age");
        if (age == null) {
            return AgeKeys.NONE;
        }
        List<String> identities = texts(age, IDENTITIES);
        List<String> recipients = texts(age, RECIPIENTS);
        age.finish(Map.of());
        String key = IDENTITIES;
        try {
            AgeIdentities opens = AgeIdentities.parse(identities);
            key = RECIPIENTS;
            AgeRecipients closes = AgeRecipients.parse(recipients);
            if (!opens.isEmpty() && !closes.isEmpty() && !opens.canOpen(closes)) {
                age.error(
                        IDENTITIES,
                        "`age.identities`: none of them opens what is encrypted for `age.recipients`, so that Runnel could"
                                + " not read what it stores; add the identity of one of the recipients, or for a server"
                                + " that is to write only, leave the identities out");
            }
        } catch (IllegalArgumentException e) {
            age.error(key, "`age." + key + "`: " + e.getMessage());
        }
        return new AgeKeys(identities, recipients);
    }

    /** Keys, or the content of files that are named by their paths, which no key looks like. */
    private List<String> texts(YamlSection age, String key) {
        List<String> texts = new ArrayList<>();
        for (String text : age.texts(key)) {
            if (!text.startsWith("/") && !text.startsWith("~")) {
                texts.add(text);
                continue;
            }
            Path file = paths.expand(text);
            try {
                texts.add(Files.readString(file));
            } catch (IOException e) {
                String why = e instanceof NoSuchFileException ? "there is no such file" : String.valueOf(e);
                age.error(key, "`age." + key + "`: " + file + " cannot be read: " + why);
            }
        }
        return texts;
    }
}
