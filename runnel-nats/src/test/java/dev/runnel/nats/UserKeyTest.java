package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserKeyTest {

    /** From the documentation of NATS. */
    static final String SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";

    static final String PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

    @Test
    void theSeedGivesThePublicKey() {
        UserKey key = UserKey.ofSeed(" " + SEED + "\n");

        assertThat(key.publicKey()).isEqualTo(PUBLIC);
        assertThat(key.sign("nonce".getBytes(UTF_8))).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SU",
                PUBLIC,
                "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3V",
                "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU4VY",
                "SUBCSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
                "SAACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
                "suacssl3uahudxkfsnvuzrf5uhpmwz6bfdtj7m6usdxiednppqyyycu3vy",
            })
    void whatIsNoSeedOfAUserIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> UserKey.ofSeed(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("seed is not that of a user");
    }
}
