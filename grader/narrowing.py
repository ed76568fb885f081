"""How a torch model comes to compute with narrow numbers.

On a processor bfloat16 is for the products with weights alone, where the time goes. What lies
between them (sums, norms, attention) stays in float32: that costs a fourteenth of the speed and
leaves six tenths of the error (docs/performance.md). Elsewhere the whole model is narrowed.
"""

from typing import Any

import torch


class NarrowLinear(torch.nn.Module):
    """A product with weights in bfloat16, its sum in float32.

    Args:
        wide: the layer it stands in for.
    """

    def __init__(self, wide: torch.nn.Linear) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(wide.weight.bfloat16(), requires_grad=False)
        bias: Any = wide.bias
        if bias is not None:
            bias = torch.nn.Parameter(bias.bfloat16(), requires_grad=False)
        self.bias = bias

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Multiply float32 [..., n] with the weights: float32 [..., m]."""
        return torch.nn.functional.linear(values.bfloat16(), self.weight, self.bias).float()


def narrow(model: Any, dtype: str, device: str) -> None:  # noqa: ANN401 - the library's own
    """Have a model compute in a type.

    Args:
        model: in float32, on its device.
        dtype: `float32`, `bfloat16` or `float16`.
        device: where it is: `cpu`, or anything else.
    """
    if (dtype, device) != ("bfloat16", "cpu"):
        model.to(getattr(torch, dtype))
        return
    for owner in list(model.modules()):
        for name, part in list(owner.named_children()):
            if type(part) is torch.nn.Linear:
                setattr(owner, name, NarrowLinear(part))
