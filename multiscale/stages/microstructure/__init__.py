"""The calendered electrode as a labelled volume."""

from multiscale.stages.microstructure.options import Image, Packed, Stochastic
from multiscale.stages.microstructure.stage import build

CITATIONS: tuple[str, ...] = (
    "Bitzek, Koskinen, Gähler, Moseler, Gumbsch 2006, doi:10.1103/PhysRevLett.97.170201",
    "Lois, Blawzdziewicz, O'Hern 2008, doi:10.1103/PhysRevLett.100.028001",
    "Perram, Wertheim 1985, doi:10.1016/0021-9991(85)90171-8",
    "Mardia, Jupp 2000, Directional Statistics, Wiley",
    "Primo, Chouchane, Touzin, Vazquez, Franco 2021, doi:10.1016/j.jpowsour.2020.229361",
    "Scheel, Seemann, Brinkmann, Di Michiel, Sheppard, Breidenbach, Herminghaus 2008, "
    "doi:10.1038/nmat2117",
    "Mistry, Smith, Mukherjee 2018, doi:10.1021/acsami.7b17771",
    "Legland, Kiêu, Devaux 2007, doi:10.5566/ias.v26.p83-92",
    "Kanit, Forest, Galliet, Mounoury, Jeulin 2003, doi:10.1016/S0020-7683(03)00143-4",
    "Torquato 2002, Random Heterogeneous Materials, doi:10.1007/978-1-4757-6355-3",
)

__all__ = ["CITATIONS", "Image", "Packed", "Stochastic", "build"]
