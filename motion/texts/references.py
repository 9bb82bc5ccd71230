"""The publications that comments rest on, by the keys that rules name them with."""

from collections.abc import Iterable

REFERENCES = {
    "altman_2012": "Altman AR, Davis IS (2012). A kinematic method for footstrike pattern detection in barefoot and "
    "shod runners. Gait & Posture 35(2), 298–300.",
    "bell_2008": "Bell DR, Padua DA, Clark MA (2008). Muscle strength and flexibility characteristics of people "
    "displaying excessive medial knee displacement. Archives of Physical Medicine and Rehabilitation 89(7), 1323–1328.",
    "bishop_2018": "Bishop C, Turner A, Read P (2018). Effects of inter-limb asymmetries on physical and sports "
    "performance: a systematic review. Journal of Sports Sciences 36(10), 1135–1144.",
    "bosco_1983": "Bosco C, Luhtanen P, Komi PV (1983). A simple method for measurement of mechanical power in "
    "jumping. European Journal of Applied Physiology 50(2), 273–282.",
    "butler_2010": "Butler RJ, Plisky PJ, Southers C, Scoma C, Kiesel KB (2010). Biomechanical analysis of the "
    "different classifications of the Functional Movement Screen deep squat test. Sports Biomechanics 9(4), 270–279.",
    "cook_2006": "Cook G, Burton L, Hoogenboom B (2006). Pre-participation screening: the use of fundamental movements "
    "as an assessment of function, part 1. North American Journal of Sports Physical Therapy 1(2), 62–72.",
    "ebben_2010": "Ebben WP, Petushek EJ (2010). Using the reactive strength index modified to evaluate plyometric "
    "performance. Journal of Strength and Conditioning Research 24(8), 1983–1987.",
    "flanagan_2008": "Flanagan EP, Comyns TM (2008). The use of contact time and the reactive strength index to "
    "optimize fast stretch-shortening cycle training. Strength and Conditioning Journal 30(5), 32–38.",
    "folland_2017": "Folland JP, Allen SJ, Black MI, Handsaker JC, Forrester SE (2017). Running technique is an "
    "important component of running economy and performance. Medicine & Science in Sports & Exercise 49(7), 1412–1423.",
    "garhammer_1980": "Garhammer J (1980). Power production by Olympic weightlifters. Medicine & Science in Sports & "
    "Exercise 12(1), 54–60.",
    "gourgoulis_2000": "Gourgoulis V, Aggelousis N, Mavromatis G, Garas A (2000). Three-dimensional kinematic analysis "
    "of the snatch of elite Greek weightlifters. Journal of Sports Sciences 18(8), 643–652.",
    "gwynne_2014": "Gwynne CR, Curran SA (2014). Quantifying frontal plane knee motion during single limb squats: "
    "reliability and validity of 2-dimensional measures. International Journal of Sports Physical Therapy 9(7), "
    "898–906.",
    "hamill_2017": "Hamill J, Gruber AH (2017). Is changing footstrike pattern beneficial to runners? Journal of Sport "
    "and Health Science 6(2), 146–153.",
    "heiderscheit_2011": "Heiderscheit BC, Chumanov ES, Michalski MP, Wille CM, Ryan MB (2011). Effects of step rate "
    "manipulation on joint mechanics during running. Medicine & Science in Sports & Exercise 43(2), 296–302.",
    "hemmerich_2006": "Hemmerich A, Brown H, Smith S, Marthandam SSK, Wyss UP (2006). Hip, knee, and ankle kinematics "
    "of high range of motion activities of daily living. Journal of Orthopaedic Research 24(4), 770–781.",
    "konor_2012": "Konor MM, Morton S, Eckerson JM, Grindstaff TL (2012). Reliability of three measures of ankle "
    "dorsiflexion range of motion. International Journal of Sports Physical Therapy 7(3), 279–287.",
    "macrum_2012": "Macrum E, Bell DR, Boling M, Lewek M, Padua D (2012). Effect of limiting ankle-dorsiflexion range "
    "of motion on lower extremity kinematics and muscle-activation patterns during a squat. Journal of Sport "
    "Rehabilitation 21(2), 144–150.",
    "markovic_2007": "Markovic G (2007). Does plyometric training improve vertical jump height? A meta-analytical "
    "review. British Journal of Sports Medicine 41(6), 349–355.",
    "mcmahon_2018": "McMahon JJ, Suchomel TJ, Lake JP, Comfort P (2018). Understanding the key phases of the "
    "countermovement jump force-time curve. Strength and Conditioning Journal 40(4), 96–106.",
    "moore_2016": "Moore IS (2016). Is there an economical running technique? A review of modifiable biomechanical "
    "factors affecting running economy. Sports Medicine 46(6), 793–807.",
    "pareja_2017": "Pareja-Blanco F, Rodríguez-Rosell D, Sánchez-Medina L, et al. (2017). Effects of velocity loss "
    "during resistance training on athletic performance, strength gains and muscle adaptations. Scandinavian Journal "
    "of Medicine & Science in Sports 27(7), 724–735.",
    "robinson_1987": "Robinson RO, Herzog W, Nigg BM (1987). Use of force platform variables to quantify the effects "
    "of chiropractic manipulation on gait symmetry. Journal of Manipulative and Physiological Therapeutics 10(4), "
    "172–176.",
    "sanchez_2011": "Sánchez-Medina L, González-Badillo JJ (2011). Velocity loss as an indicator of neuromuscular "
    "fatigue during resistance training. Medicine & Science in Sports & Exercise 43(9), 1725–1734.",
    "sayers_1999": "Sayers SP, Harackiewicz DV, Harman EA, Frykman PN, Rosenstein MT (1999). Cross-validation of three "
    "jump power equations. Medicine & Science in Sports & Exercise 31(4), 572–577.",
    "schoenfeld_2010": "Schoenfeld BJ (2010). Squatting kinematics and kinetics and their application to exercise "
    "performance. Journal of Strength and Conditioning Research 24(12), 3497–3506.",
    "soucie_2011": "Soucie JM, Wang C, Forsyth A, et al. (2011). Range of motion measurements: reference values and a "
    "database for comparison studies. Haemophilia 17(3), 500–507.",
    "souza_2016": "Souza RB (2016). An evidence-based videotaped running biomechanics analysis. Physical Medicine and "
    "Rehabilitation Clinics of North America 27(1), 217–236.",
    "stone_1998": "Stone MH, O'Bryant HS, Williams FE, Johnson RL, Pierce KC (1998). Analysis of bar paths during the "
    "snatch in elite male weightlifters. Strength and Conditioning 20(4), 30–38.",
    "teng_2014": "Teng HL, Powers CM (2014). Sagittal plane trunk posture influences patellofemoral joint stress "
    "during running. Journal of Orthopaedic & Sports Physical Therapy 44(10), 785–792.",
    "wille_2014": "Wille CM, Lenhart RL, Wang S, Thelen DG, Heiderscheit BC (2014). Ability of sagittal kinematic "
    "variables to estimate ground reaction forces and joint kinetics in running. Journal of Orthopaedic & Sports "
    "Physical Therapy 44(10), 825–830.",
    "willson_2008": "Willson JD, Davis IS (2008). Utility of the frontal plane projection angle in females with "
    "patellofemoral pain. Journal of Orthopaedic & Sports Physical Therapy 38(10), 606–615.",
    "young_2013": "Young R, Nix S, Wholohan A, Bradhurst R, Reed L (2013). Interventions for increasing ankle joint "
    "dorsiflexion: a systematic review and meta-analysis. Journal of Foot and Ankle Research 6, 46.",
}


def citations(keys: Iterable[str]) -> tuple[str, ...]:
    """The publications in full, each once, in the order in which they are first named."""
    return tuple(REFERENCES[key] for key in dict.fromkeys(keys))
