package dev.runnel.web.http;

import java.io.IOException;
import java.io.InputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Walks XML that a service sent: element by element, without document types and external entities. Confined to one
 * thread.
 */
public final class XmlEvents {

    /** Told of each element, by its local name. */
    public interface Visitor {

        /**
         * An element begins.
         *
         * @param encoded whether an attribute {@code Encoded="true"} says that its text is percent-encoded
         */
        void start(String name, boolean encoded);

        /** An element ends. {@code text} is what stands in it behind the last element within. */
        void end(String name, String text);
    }

    private XmlEvents() {}

    /**
     * Reads to the end of the document. Does not close the stream.
     *
     * @throws IOException if it cannot be read, or is no XML
     */
    public static void read(InputStream in, Visitor visitor) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(in);
            StringBuilder text = new StringBuilder();
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamConstants.START_ELEMENT -> {
                        text.setLength(0);
                        visitor.start(reader.getLocalName(), "true".equals(reader.getAttributeValue(null, "Encoded")));
                    }
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                    case XMLStreamConstants.END_ELEMENT -> {
                        visitor.end(reader.getLocalName(), text.toString());
                        text.setLength(0);
                    }
                    default -> {
                        // comments, processing instructions
                    }
                }
            }
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException broken) {
                throw broken;
            }
            throw new IOException("no XML: " + String.valueOf(e.getMessage()).replace('\n', ' '), e);
        }
    }
}
