"""onnx_peer.py infer-WORKLOAD FILE [onnxruntime|openvino] [ROWS]: predicts with a file that torch_peer.py exported."""

import sys

import workload as w


def session(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = w.THREADS
    made = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: made.run(None, {"x": x})


def compiled(path):
    import openvino

    core = openvino.Core()
    model = core.compile_model(path, "CPU", {"INFERENCE_NUM_THREADS": w.THREADS, "PERFORMANCE_HINT": "LATENCY"})
    request = model.create_infer_request()
    return lambda x: request.infer([x], share_inputs=True)


def main(what, path, runtime="onnxruntime", rows="1"):
    x = w.data(what[6:], int(rows))[0]
    if x.ndim == 4:
        x = x.transpose(0, 3, 1, 2).copy()
    call = session(path) if runtime == "onnxruntime" else compiled(path)
    w.time_calls(lambda: call(x))


main(*sys.argv[1:])
