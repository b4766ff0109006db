package dev.runnel.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class AgeKeysTest {

    private final Keys one = Keys.generate();
    private final Keys two = Keys.generate();

    @Test
    void readsFilesAsAgeKeygenWritesThem() {
        AgeIdentities identities = AgeIdentities.parse(
                List.of("# created: 2026-01-01\n# public key: " + one.recipient() + "\n" + one.identity() + "\n"));
        assertThat(identities).hasToString(one.recipient());
        AgeRecipients recipients = AgeRecipients.parse(List.of("# ours\n" + one.recipient() + "\n\n", two.recipient()));
        assertThat(recipients).hasToString(one.recipient() + ", " + two.recipient());
        assertThat(AgeRecipients.parse(List.of()).isEmpty()).isTrue();
        assertThat(AgeIdentities.parse(List.of("# nothing")).isEmpty()).isTrue();
    }

    @Test
    void tellsWhichLineIsWrongAndNeverWhatItSays() {
        String damaged = one.identity().substring(0, 40);
        for (String text : List.of("#\n" + damaged, "#\n" + one.recipient(), "#\nssh-ed25519 AAAA")) {
            assertThatThrownBy(() -> AgeIdentities.parse(List.of(text)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("line 2")
                    .hasNoCause()
                    .message()
                    .doesNotContain(text.substring(2));
        }
        assertThatThrownBy(() -> AgeRecipients.parse(List.of("\nage1qqq")))
                .hasMessageContaining("line 2 is no valid age recipient");
        assertThatThrownBy(() -> AgeRecipients.parse(List.of("ssh-rsa AAAA")))
                .hasMessageContaining("line 1 is no age recipient");
    }

    @Test
    void anIdentityAmongTheRecipientsIsCalledWhatItIs() {
        assertThatThrownBy(() -> AgeRecipients.parse(List.of(one.identity())))
                .hasMessageContaining("is an identity, which is secret")
                .message()
                .doesNotContain(one.identity());
    }
}
