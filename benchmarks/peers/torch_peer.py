"""torch_peer.py WORKLOAD [eager|channels_last|compile] | infer-WORKLOAD [eager [ROWS]|export FILE [ROWS]] | cold

PyTorch: a loop over shuffled rows with loss.item() at each step, as Keras reports it; torch.inference_mode() to predict.
"""

import sys
import time

import torch
from torch import nn

import workload as w

torch.set_num_threads(w.THREADS)


class Residual(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(before, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.outer = nn.Identity()
        if stride > 1:
            self.outer = nn.Sequential(nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return torch.relu(self.inner(x) + self.outer(x))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.dense = nn.LSTM(32, 128, batch_first=True), nn.Linear(128, 1)

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])


class GruText(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10000, 64)
        self.gru, self.dense = nn.GRU(64, 64, batch_first=True, bidirectional=True), nn.Linear(128, 1)

    def forward(self, x):
        forward, backward = self.gru(self.embedding(x))[1]
        return self.dense(torch.cat((forward, backward), 1))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(5000, 128), nn.Embedding(64, 128)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True), 2)
        self.dense = nn.Linear(128, 1)
        self.register_buffer("places", torch.arange(64))

    def forward(self, x):
        return self.dense(self.encoder(self.tokens(x) + self.positions(self.places)).mean(1))


def network(name):
    if name == "mlp":
        return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    if name == "mlp-small":
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    if name == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10))  # fmt: skip
    if name == "resnet":
        stages = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        before = 16
        for channels in (16, 32, 64):
            stages += [Residual(before, channels, 1 if channels == 16 else 2), Residual(channels, channels, 1)]
            before = channels
        return nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return {"lstm": Lstm, "gru-text": GruText, "transformer": Transformer}[name]()


def tensors(name, rows=None):
    x, y = (torch.from_numpy(array) for array in w.data(name, rows))
    if x.dim() == 4:
        x = x.permute(0, 3, 1, 2).contiguous()
    return x, y.long() if y.dtype == torch.int32 else y


def loss_of(name):
    if name == "lstm":
        return nn.MSELoss()
    return nn.BCEWithLogitsLoss() if name in w.TOKENS else nn.CrossEntropyLoss()


def stepper(name, variant):
    model = network(name)
    if variant == "channels_last":
        model = model.to(memory_format=torch.channels_last)
    weights = model.parameters()
    optimizer = torch.optim.SGD(weights, 0.01, momentum=0.9) if name == "resnet" else torch.optim.Adam(weights)
    loss = loss_of(name)
    called = torch.compile(model) if variant == "compile" else model

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=w.POLICY == "mixed_bfloat16"):
            value = loss(called(x), y)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def train(name, variant):
    batch, steps = w.SIZES[name]
    x, y = tensors(name)
    if variant == "channels_last" and x.dim() == 4:
        x = x.to(memory_format=torch.channels_last)
    step = stepper(name, variant)
    start = time.perf_counter()
    step(x[:batch], y[:batch])
    first_ms = (time.perf_counter() - start) * 1e3

    def epoch():
        for rows in torch.randperm(batch * steps).split(batch):
            step(x[rows], y[rows])

    w.time_epochs(epoch, steps, first_ms)


def main(what, variant="eager", last="", rows="1"):
    if what == "cold":
        stepper("mlp", "eager")(*tensors("mlp", 128))
        return
    if not what.startswith("infer-"):
        train(what, variant)
        return
    name = what[6:]
    model = network(name).eval()
    if variant == "export":
        torch.onnx.export(model, (tensors(name, int(rows))[0],), last, input_names=["x"], dynamo=False)
        return
    x = tensors(name, int(last or 1))[0].numpy()
    with torch.inference_mode():
        w.time_calls(lambda: model(torch.from_numpy(x)).numpy())


main(*sys.argv[1:])
