"""What PyTorch has and this package has not, so that whoever asks for it is told so, and what does instead."""

from __future__ import annotations

_NAMES = {
    "its results are complex numbers, which are not among tensorbook's dtypes": """
        complex polar view_as_complex view_as_real stft istft eig""",
    "tensorbook keeps every element; there are no sparse tensors": """
        sparse sparse_coo_tensor sparse_csr_tensor sparse_csc_tensor sparse_bsr_tensor sparse_bsc_tensor
        sparse_compressed_tensor to_sparse to_sparse_coo to_sparse_csr to_sparse_csc to_sparse_bsr to_sparse_bsc
        to_dense coalesce is_coalesced indices values sparse_dim dense_dim sparse_mask sspaddmm smm spmm
        hspmm saddmm""",
    "there are no quantised tensors": """
        ao quantization quantize_per_tensor quantize_per_channel quantize_per_tensor_dynamic dequantize int_repr q_scale
        q_zero_point qscheme quint8 qint8 qint32""",
    "run the function or the model itself; it gives the same numbers": "compile compiler export fx onnx",
    "draw with torch.randn, torch.rand, torch.bernoulli, torch.multinomial or torch.poisson": "distributions binomial",
    "its dtypes are bool, uint8, int8, int16, int32, int64, float16, float32 and float64": """
        bfloat16 BFloat16Tensor uint16 uint32 uint64 cfloat cdouble chalf complex32 complex64 complex128""",
    "torch.nn.functional has it, or one of torch.nn's modules": """
        batch_norm instance_norm embedding embedding_bag bilinear binary_cross_entropy_with_logits kl_div ctc_loss
        cosine_embedding_loss hinge_embedding_loss margin_ranking_loss triplet_margin_loss poisson_nll_loss rrelu
        alpha_dropout feature_dropout feature_alpha_dropout adaptive_max_pool1d lstm gru rnn_tanh rnn_relu lstm_cell
        gru_cell constant_pad_nd grid_sampler affine_grid_generator""",
    "PyTorch itself has taken it away; torch.linalg has what does instead": "symeig solve lstsq matrix_rank",
    "torch.linalg.svd and torch.linalg.eigh give all of it": "svd_lowrank pca_lowrank lobpcg",
    "torch.linalg.qr gives Q and R themselves": "geqrf orgqr ormqr",
    "there are no names of dimensions": "align_to align_as refine_names rename rename_ align_tensors",
    "tensorbook has no other devices than the CPU and NVIDIA's GPUs": "xpu ipu mtia hpu vulkan",
}
# Those that PyTorch's tensors have. (A `__getattr__` would know them all, and slow down every attribute there is.)
OF_TENSORS = """
    to_sparse to_sparse_coo to_sparse_csr to_sparse_csc to_dense coalesce is_coalesced indices values sparse_dim
    dense_dim
    sparse_mask dequantize int_repr q_scale q_zero_point qscheme bfloat16 cfloat cdouble chalf stft istft eig symeig
    solve lstsq geqrf orgqr ormqr align_to align_as refine_names rename xpu ipu"""
_REASONS = {name: reason for reason, names in _NAMES.items() for name in names.split()}


def refusal(name: str) -> property:
    """A property of tensors that says so. (hasattr says that it is not there.)"""

    def told_of(self: object) -> None:
        raise AttributeError(told("'Tensor' object", name), name=name, obj=self)

    return property(told_of)


def told(owner: str, name: str) -> str:
    """The words of the AttributeError for a name that `owner` ("module 'torch'" or so) has not.

    >>> told("module 'torch'", "sparse_coo_tensor")
    'tensorbook has no sparse_coo_tensor: tensorbook keeps every element; there are no sparse tensors'
    >>> told("'Tensor' object", "sumn")
    "'Tensor' object has no attribute 'sumn'"
    """
    if name in _REASONS:
        return f"tensorbook has no {name}: {_REASONS[name]}"
    return f"{owner} has no attribute {name!r}"
