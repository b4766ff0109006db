package dev.runnel.sftp;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.UserInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the key of a server with the one it must have. Without one, any will do, as with Litestream, and each that
 * is new is warned of, with the line to put into the configuration. Thread-safe.
 */
final class HostKeyCheck implements HostKeyRepository {

    private static final Logger LOG = LoggerFactory.getLogger(HostKeyCheck.class);

    private final SftpSettings settings;
    private volatile @Nullable HostKeyLine found;

    HostKeyCheck(SftpSettings settings) {
        this.settings = settings;
    }

    /** The key that the server showed last; null before it showed one. */
    @Nullable
    HostKeyLine found() {
        return found;
    }

    @Override
    public int check(String host, byte[] key) {
        HostKeyLine line = HostKeyLine.of(key);
        HostKeyLine before = found;
        found = line;
        HostKeyLine expected = settings.hostKey();
        if (expected != null) {
            return expected.matches(key) ? OK : CHANGED;
        }
        if (!line.equals(before)) {
            LOG.atWarn()
                    .addKeyValue("host", settings.address())
                    .addKeyValue("fingerprint", line.fingerprint())
                    .log(
                            "{}: whoever answers is trusted; pin it with `host-key: {}`",
                            before == null
                                    ? "the host key is not checked"
                                    : "the host key is another one than before, and not checked",
                            line);
        }
        return OK;
    }

    /** Does nothing: what may be trusted is in the settings. */
    @Override
    public void add(HostKey key, @Nullable UserInfo user) {}

    /** Does nothing: what may be trusted is in the settings. */
    @Override
    public void remove(String host, String type) {}

    /** Does nothing: what may be trusted is in the settings. */
    @Override
    public void remove(String host, String type, byte[] key) {}

    @Override
    public String getKnownHostsRepositoryID() {
        return "host-key";
    }

    @Override
    public HostKey[] getHostKey() {
        return new HostKey[0];
    }

    @Override
    public HostKey[] getHostKey(String host, String type) {
        return new HostKey[0];
    }
}
