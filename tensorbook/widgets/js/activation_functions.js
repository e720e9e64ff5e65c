// The activation functions and their slopes, as PyTorch defines them: name -> [f(z), f'(z)]. Compared with Python's in
// tests/widgets/test_activation_explorer.py.
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const normal = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

// The share of a normal distribution below z: its series, which is exact to 1e-10 where it is not 0 or 1 anyway.
function below(z) {
  if (Math.abs(z) > 6) return z > 0 ? 1 : 0;
  let term = z, sum = z;
  for (let k = 1; k < 120; k += 1) sum += (term *= (z * z) / (2 * k + 1));
  return 0.5 + normal(z) * sum;
}

export const FUNCTIONS = {
  "sigmoid": [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
  "tanh": [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  "relu": [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  "leaky relu": [(z) => (z > 0 ? z : 0.01 * z), (z) => (z > 0 ? 1 : 0.01)],
  "elu": [(z) => (z > 0 ? z : Math.expm1(z)), (z) => (z > 0 ? 1 : Math.exp(z))],
  "gelu": [(z) => z * below(z), (z) => below(z) + z * normal(z)],
  "silu": [(z) => z * sigmoid(z), (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
  "softplus": [(z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), sigmoid],
  "step": [(z) => (z >= 0 ? 1 : 0), () => 0],
  "identity": [(z) => z, () => 1],
};

// The heights that the plot shows: the bounded functions fill it.
export function heights(names) {
  const bounded = names.every((name) => ["sigmoid", "tanh", "step"].includes(name));
  return bounded ? { min: -1.25, max: 1.25, ticks: [-1, -0.5, 0, 0.5, 1] } : { min: -2, max: 5, ticks: [-2, 0, 2, 4] };
}

// A curve as points [x, y] over -reach … reach, cut where it leaves the heights: null there.
export function curve(f, { min, max }, reach, count = 241) {
  return Array.from({ length: count }, (_, i) => {
    const x = reach * ((2 * i) / (count - 1) - 1), y = f(x);
    return y >= min && y <= max ? [x, y] : null;
  });
}
