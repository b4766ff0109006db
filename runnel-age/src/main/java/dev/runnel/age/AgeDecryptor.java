package dev.runnel.age;

import com.exceptionfactory.jagged.PayloadException;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import dev.runnel.legacy.ObjectDecryptor;
import dev.runnel.storage.SingleByte;
import dev.runnel.storage.StorageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens objects of Litestream 0.3, which are encrypted as a whole and read from their beginning. Thread-safe. */
public final class AgeDecryptor implements ObjectDecryptor {

    private final AgeIdentities identities;

    private AgeDecryptor(AgeIdentities identities) {
        this.identities = identities;
    }

    /** A decryptor for identities; {@link ObjectDecryptor#NONE} if there are none. */
    public static ObjectDecryptor of(AgeIdentities identities) {
        return identities.isEmpty() ? ObjectDecryptor.NONE : new AgeDecryptor(identities);
    }

    @Override
    public InputStream decrypt(InputStream stored, String resource) throws IOException {
        Source source = new Source(stored);
        try {
            ReadableByteChannel plain = new StandardDecryptingChannelFactory()
                    .newDecryptingChannel(Channels.newChannel(source), List.of(identities.reader()));
            return new Plain(Channels.newInputStream(plain), source, resource);
        } catch (UnsupportedRecipientStanzaException e) {
            stored.close();
            throw new StorageException(
                    resource + ": none of the " + identities.size()
                            + " age identities of the replica opens it: it is not" + " for " + identities,
                    e);
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            stored.close();
            if (source.failure != null) {
                throw source.failure;
            }
            throw new StorageException(
                    resource + ": not encrypted with age, or damaged; if the replica is not encrypted, remove"
                            + " `age.identities`",
                    e);
        }
    }

    /** Remembers what the store said, which the library wraps. */
    private static final class Source extends FilterInputStream {

        private @Nullable IOException failure;

        Source(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return super.read(target, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** The plain bytes; where they cannot be had, the reason names the object. */
    private static final class Plain extends FilterInputStream {

        private final Source source;
        private final String resource;

        Plain(InputStream in, Source source, String resource) {
            super(in);
            this.source = source;
            this.resource = resource;
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return super.read(target, offset, length);
            } catch (PayloadException e) {
                if (source.failure != null) {
                    throw source.failure;
                }
                throw damaged(e);
            } catch (RuntimeException e) {
                throw damaged(e);
            }
        }

        private StorageException damaged(Exception e) {
            return new StorageException(resource + ": was changed or cut off after it was encrypted", e);
        }

        @Override
        public void close() throws IOException {
            super.close();
            source.close();
        }
    }
}
