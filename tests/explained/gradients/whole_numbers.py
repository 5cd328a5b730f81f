# tensorflow#26143: a Variable of ints.
import autodiff as ad

ad.Variable([1, 2, 3])
