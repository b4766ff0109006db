package dev.runnel.storage;

/** How a store keeps objects: what their sizes tell of their content, and whether that can be had again. */
public enum ObjectForm {
    /** As they were given: the size of an object is the length of its content. */
    AS_IS,
    /** In another form, such as encrypted: an object has another size than its content. */
    TRANSFORMED,
    /**
     * In another form that only others can read, such as encrypted for keys that are not here. Reading such an object is an
     * {@link UnreadableObjectException}; objects that somebody stored as they are can be read all the same.
     */
    WRITE_ONLY
}
