/** Words for a made-up world. All of them are our own, so a template can be shared freely. */
export const epithets = (
  'Amber Ashen Autumn Borrowed Brass Bright Broken Burning Candlelit Clever Coiled Copper Crooked Crimson Cunning Dancing Daring Distant ' +
  'Dusty Eager Eastern Echoing Eleventh Errant Faded Falling Fearless Feathered Flickering Forgotten Frosted Gilded Gleaming Granite Grinning Hidden ' +
  'Hollow Humming Idle Iron Jade Jagged Laughing Leaden Lonely Lucky Lunar Marble Midnight Mirrored Molten Nameless Narrow Northern Opal Paper ' +
  'Patient Pearl Quiet Ragged Rain-Soaked Restless Reckless Roaring Rusted Salted Scarlet Seventh Shifting Silent Silver Sleeping Slippery Smoking ' +
  'Southern Spiral Stolen Stubborn Sudden Tangled Thirteenth Thundering Tidal Twilight Unbroken Velvet Wandering Weathered Western Whispering Wild Winter Woven'
).split(' ');

export const feats = (
  'Anchor Answer Arrow Avalanche Bargain Beacon Bell Blossom Bolt Bridge Cascade Charge Cinder Circle Claw Clockwork Compass Counter Crown Current ' +
  'Dagger Dance Debt Dive Drum Echo Ember Escape Eye Feint Flame Flood Flourish Gambit Gate Gaze Ghost Glance Grip Gust Hammer Harvest ' +
  'Heel Hinge Hook Hour Hunt Ink Knot Ladder Lantern Leap Lesson Lever Lunge Mantle Mask Maze Meridian Mirage Needle Net Oath Orbit Palm ' +
  'Parry Pivot Promise Pulse Quake Quill Ravel Reach Reflex Riddle Ripple Roll Rush Shadow Shelter Shield Signal Snare Spark Spring Stance Step ' +
  'Strike Surge Sweep Thorn Thread Tide Toll Torrent Trick Turn Veil Verdict Vow Wager Wake Wall Warding Wave Wheel Whirl Wing Wire'
).split(' ');

export const animals = [
  ['Heron', 'Marten', 'Lynx', 'Carp', 'Badger', 'Swift', 'Gecko', 'Stag', 'Moth', 'Otter'],
  ['Falcon', 'Viper', 'Mole', 'Hare', 'Boar', 'Raven', 'Pike', 'Mantis', 'Wren'],
].flat();

export const shapes = [
  'Kestrel',
  'Wolverine',
  'Toad',
  'Mongoose',
  'Ibex',
  'Salamander',
  'Jackdaw',
  'Sturgeon',
  'Bobcat',
  'Hedgehog',
];

export const magics = ['Ember', 'Orchard', 'Whisper', 'Beckoning', 'Stride', 'Looking Glass', 'Mending'];

/** 32 callings that own a few schticks each, then three more that only characters have. */
export const callings = (
  'Lamplighter,Ferry Captain,Night Courier,Roof Runner,Street Surgeon,Tunnel Rat,Clock Mender,Kite Duellist,Harbour Watch,Stunt Pilot,Debt Collector,' +
  'Bell Ringer,Rain Dancer,Paper Forger,Market Broker,Wire Walker,Ghost Lawyer,Noodle Philosopher,Salt Smuggler,Tea Assassin,Masked Tenor,Ice Trucker,' +
  'Archive Thief,Storm Chaser,Retired Legend,Puppet Master,Bridge Troll,Radio Prophet,Card Sharp,Silk Engineer,Lost Heir,Barge Monk,' +
  'Cellar Brewer,Signal Keeper,Tram Conductor'
).split(',');

export const foeRanks = ['Ally', 'Mook', 'Featured Foe', 'Boss', 'Uber-Boss'] as const;

export const factionNames = (
  'The Lantern Court,The Copper Tide,Seven Locksmiths,The Quiet Ministry,Order of the Ninth Bell,The Salt Road Guild,House of Paper Crowns,' +
  'The Undertow,The Clockless,Children of the Kiln,The Velvet Syndicate,Wardens of the Dry Sea'
).split(',');

export const junctureNames = [
  'Modern',
  'Ancient',
  'Steam Dawn',
  'Drowned Century',
  'Neon Regency',
  'Second Silence',
  'Borrowed Tomorrow',
];

export const makers =
  'Aldane,Brask,Corvell,Dunmar,Estrik,Faldon,Grevik,Hallard,Ivarro,Jastor,Kelvane,Lorrick,Maddox-Prell,Norvek,Ostrand,Pellgrave,Quillon,Rastov,Selwick,Torvane'.split(
    ',',
  );

export const colors = ['#b4442e', '#2e6fb4', '#3c8c4f', '#8a5fb0', '#b08a2e', '#2e9c9c', '#a0466e', '#5f6a75'];

export const phrases = (
  'whenever the street goes silent,you move before the dust settles,one enemy loses sight of you,the next blow counts double,until the end of the scene,' +
  'spend a point of nerve,nobody in the room may flee,your guard rises by two,you may speak to the machinery,after a failed check,the lights go out,' +
  'a friend within reach stands up again,roll one die more,keep the higher result,your pursuers take the wrong turn,it costs three shots,' +
  'the first wound of a fight does not slow you,gain an answer to one honest question,you land on your feet,the crowd parts for you,ignore broken ground,' +
  'trade places with a willing ally,once in each session,your footsteps leave no trace,the blade returns to your hand,doors open a moment too late for them'
).split(',');
