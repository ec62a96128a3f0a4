package dev.sluice.semantics.encoding;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Map;

/**
 * all-MiniLM-L6-v2, quantised, from the class path. Each call computes on the thread that makes it;
 * several may at once. Knows pieces of words, no texts.
 */
final class Model implements AutoCloseable {

    static final int DIMENSIONS = 384;

    private static final String RESOURCE = "/all-minilm-l6-v2-q.onnx";

    private final OrtEnvironment environment;
    private final OrtSession session;

    private Model(OrtEnvironment environment, OrtSession session) {
        this.environment = environment;
        this.session = session;
    }

    /** Loads it, in about a second. */
    static Model load() throws IOException, OrtException {
        OrtEnvironment environment =
                OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        try (InputStream model = Model.class.getResourceAsStream(RESOURCE);
                var options = new OrtSession.SessionOptions()) {
            if (model == null) {
                throw new FileNotFoundException(RESOURCE + " is not on the class path");
            }
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            // The arena keeps what the longest text needed, and callers at once contend for it.
            options.setCPUArenaAllocator(false);
            options.setMemoryPatternOptimization(false);
            return new Model(environment, environment.createSession(model.readAllBytes(), options));
        }
    }

    /** The mean of what the model makes of each piece, of length 1. */
    float[] vector(long[] pieces) throws OrtException {
        int count = pieces.length;
        long[] shape = {1, count};
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        try (OnnxTensor ids = OnnxTensor.createTensor(environment, LongBuffer.wrap(pieces), shape);
                OnnxTensor mask =
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
                OnnxTensor types =
                        OnnxTensor.createTensor(
                                environment, LongBuffer.wrap(new long[count]), shape);
                OrtSession.Result result =
                        session.run(
                                Map.of(
                                        "input_ids", ids,
                                        "attention_mask", mask,
                                        "token_type_ids", types))) {
            if (result.get(0) instanceof OnnxTensor states) {
                return mean(states.getFloatBuffer(), count);
            }
            throw new OrtException("the model answered no tensor");
        }
    }

    private static float[] mean(FloatBuffer states, int count) throws OrtException {
        if (states.remaining() != count * DIMENSIONS) {
            throw new OrtException("the model answered " + states.remaining() + " numbers");
        }
        float[] vector = new float[DIMENSIONS];
        for (int piece = 0; piece < count; piece++) {
            for (int i = 0; i < DIMENSIONS; i++) {
                vector[i] += states.get(piece * DIMENSIONS + i);
            }
        }
        return Vectors.ofLengthOne(vector);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
