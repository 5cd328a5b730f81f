"""Seeing backprop: pictures, a terminal tree, a player, and the zoom from an array to its scalars."""

from autodiff.drawing.picture import Picture, draw
from autodiff.drawing.play import Player, play
from autodiff.drawing.render import NoGraphviz
from autodiff.drawing.terminal import show
from autodiff.drawing.zoom import Zoom, zoom

__all__ = ["NoGraphviz", "Picture", "Player", "Zoom", "draw", "play", "show", "zoom"]
