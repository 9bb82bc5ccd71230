"""The few words of the picture in six languages."""

from collections.abc import Mapping
from typing import Final

from motion.request import Language

_ORDER: Final = (Language.EN, Language.DE, Language.ES, Language.FR, Language.IT, Language.RO)

_WORDS: Final[Mapping[str, tuple[str, str, str, str, str, str]]] = {
    "left": ("left", "links", "izquierda", "gauche", "sinistra", "stânga"),
    "right": ("right", "rechts", "derecha", "droite", "destra", "dreapta"),
    "in": ("in", "innen", "adentro", "dedans", "dentro", "înăuntru"),
    "out": ("out", "außen", "afuera", "dehors", "fuori", "în afară"),
    "abduction": ("abd.", "Abd.", "abd.", "abd.", "abd.", "abd."),
    "trunk": ("trunk", "Rumpf", "tronco", "tronc", "tronco", "trunchi"),
    "bar": ("bar", "Stange", "barra", "barre", "bilanciere", "bară"),
    "hips": ("hips", "Hüfte", "cadera", "hanches", "anche", "șolduri"),
    "toes": ("toes", "Zehen", "punta del pie", "orteils", "punta del piede", "vârful piciorului"),
    "start": ("Start", "Start", "Inicio", "Départ", "Inizio", "Start"),
    "descent": ("Descent", "Abwärts", "Descenso", "Descente", "Discesa", "Coborâre"),
    "bottom": ("Bottom", "Tiefster Punkt", "Punto más bajo", "Point bas", "Punto più basso", "Punctul cel mai jos"),
    "ascent": ("Ascent", "Aufwärts", "Ascenso", "Remontée", "Risalita", "Ridicare"),
    "unweighting": ("Unweighting", "Entlastung", "Descarga", "Allègement", "Alleggerimento", "Descărcare"),
    "braking": ("Braking", "Abbremsen", "Frenado", "Freinage", "Frenata", "Frânare"),
    "propulsion": ("Propulsion", "Abdruck", "Impulso", "Poussée", "Spinta", "Propulsie"),
    "flight": ("Flight", "Flug", "Vuelo", "Vol", "Volo", "Zbor"),
    "landing": ("Landing", "Landung", "Aterrizaje", "Réception", "Atterraggio", "Aterizare"),
    "left_contact": (
        "Left foot down",
        "Linker Fuß am Boden",
        "Pie izquierdo en el suelo",
        "Pied gauche au sol",
        "Piede sinistro a terra",
        "Piciorul stâng pe sol",
    ),
    "right_contact": (
        "Right foot down",
        "Rechter Fuß am Boden",
        "Pie derecho en el suelo",
        "Pied droit au sol",
        "Piede destro a terra",
        "Piciorul drept pe sol",
    ),
    "first_pull": ("First pull", "Erster Zug", "Primer tirón", "Premier tirage", "Prima tirata", "Prima tragere"),
    "transition": ("Transition", "Übergang", "Transición", "Transition", "Transizione", "Tranziție"),
    "second_pull": (
        "Second pull",
        "Zweiter Zug",
        "Segundo tirón",
        "Deuxième tirage",
        "Seconda tirata",
        "A doua tragere",
    ),
    "turnover": ("Turnover", "Umsetzen", "Volteo", "Retournement", "Girata", "Trecere sub bară"),
    "catch": ("Catch", "Auffangen", "Recepción", "Réception", "Ricezione", "Primire"),
    "recovery": ("Recovery", "Aufstehen", "Recuperación", "Redressement", "Risalita", "Revenire"),
    "dip": ("Dip", "Auftakt", "Flexión", "Flexion", "Piegata", "Flexie"),
    "drive": ("Drive", "Ausstoß", "Empuje", "Impulsion", "Spinta", "Împingere"),
    "jerk_catch": (
        "Jerk catch",
        "Stoß auffangen",
        "Recepción del envión",
        "Réception du jeté",
        "Ricezione dello slancio",
        "Primirea aruncării",
    ),
    "jerk_recovery": (
        "Jerk recovery",
        "Stoß aufstehen",
        "Recuperación del envión",
        "Redressement du jeté",
        "Risalita dello slancio",
        "Revenirea din aruncare",
    ),
    "lift_off": ("Lift-off", "Abheben", "Despegue", "Décollage", "Stacco", "Desprindere"),
    "peak_velocity": (
        "Peak velocity",
        "Höchste Geschwindigkeit",
        "Velocidad máxima",
        "Vitesse maximale",
        "Velocità massima",
        "Viteză maximă",
    ),
    "peak_height": (
        "Peak height",
        "Höchster Punkt",
        "Altura máxima",
        "Hauteur maximale",
        "Altezza massima",
        "Înălțime maximă",
    ),
}
"""By key: English, German, Spanish, French, Italian, Romanian; phases by their names."""


def word(key: str, language: Language) -> str:
    """A word; KeyError for a phase that has none."""
    return _WORDS[key][_ORDER.index(language)]
