BEGIN TRANSACTION;
CREATE TABLE draws (
	id INTEGER NOT NULL, 
	study VARCHAR(64) NOT NULL, 
	participant_id VARCHAR(64) NOT NULL, 
	started_at VARCHAR(64) NOT NULL, 
	device VARCHAR(64) NOT NULL, 
	trials TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_draw_per_participant UNIQUE (study, participant_id)
);
INSERT INTO "draws" VALUES(1,'cats','p1','2026-11-27T12:30:35.415Z','phone','[{"trial": 1, "phase": "test", "stimulus": "s171ba40ed43296a8", "partner": "", "stimulus_left": true}, {"trial": 2, "phase": "test", "stimulus": "sa47fdc171aff9c7d", "partner": "", "stimulus_left": true}]');
INSERT INTO "draws" VALUES(2,'cats','p2','2026-11-27T12:30:35.428Z','phone','[{"trial": 1, "phase": "test", "stimulus": "s0038ac3c0384f97f", "partner": "", "stimulus_left": true}, {"trial": 2, "phase": "test", "stimulus": "s5ac3b1aedde49943", "partner": "", "stimulus_left": true}]');
CREATE TABLE votes (
	id INTEGER NOT NULL, 
	study VARCHAR(64) NOT NULL, 
	participant_id VARCHAR(64) NOT NULL, 
	trial INTEGER NOT NULL, 
	phase VARCHAR(64) NOT NULL, 
	stimulus VARCHAR(64) NOT NULL, 
	model VARCHAR(64) NOT NULL, 
	is_real BOOLEAN NOT NULL, 
	judged_real BOOLEAN NOT NULL, 
	response_ms INTEGER NOT NULL, 
	voted_at VARCHAR(64) NOT NULL, 
	device VARCHAR(64) NOT NULL, 
	app_version VARCHAR(64) NOT NULL, 
	partner VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_vote_per_picture UNIQUE (study, participant_id, stimulus)
);
INSERT INTO "votes" VALUES(1,'cats','p1',1,'test','s171ba40ed43296a8','tint',0,1,900,'2026-11-27T12:30:35.420Z','phone','0.1.0','');
INSERT INTO "votes" VALUES(2,'cats','p1',2,'test','sa47fdc171aff9c7d','',1,1,900,'2026-11-27T12:30:35.424Z','phone','0.1.0','');
INSERT INTO "votes" VALUES(3,'cats','p2',1,'test','s0038ac3c0384f97f','',1,0,900,'2026-11-27T12:30:35.430Z','phone','0.1.0','');
COMMIT;
