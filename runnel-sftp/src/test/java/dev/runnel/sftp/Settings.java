package dev.runnel.sftp;

import dev.runnel.sftp.SftpSettings.Address;
import dev.runnel.sftp.SftpSettings.Login;
import dev.runnel.testkit.sftp.OpenSshServer;
import dev.runnel.testkit.sftp.SftpTestServer;
import java.io.IOException;

/** Settings that reach the servers of the tests. */
final class Settings {

    private Settings() {}

    static SftpSettings of(SftpTestServer server) {
        return new SftpSettings(
                new Address("127.0.0.1", server.port()),
                new Login(SftpTestServer.USER, SftpTestServer.PASSWORD, null),
                HostKeyLine.parse(server.hostKey()),
                true);
    }

    static SftpSettings of(OpenSshServer server) throws IOException {
        return new SftpSettings(
                new Address("127.0.0.1", server.port()),
                new Login(server.user(), null, server.userKey()),
                HostKeyLine.parse(server.hostKey()),
                true);
    }
}
