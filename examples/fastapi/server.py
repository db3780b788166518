"""The WebSocket server of many a tutorial: topics, personal messages, ping and pong, and an echo for all else."""

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect

app = FastAPI()


class ConnectionManager:
    def __init__(self):
        self.connections = {}
        self.subscribers = {}

    async def connect(self, client_id, websocket):
        await websocket.accept()
        self.connections[client_id] = websocket

    def disconnect(self, client_id, websocket):
        # A client that came back meanwhile has a newer one.
        if self.connections.get(client_id) is not websocket:
            return
        del self.connections[client_id]
        for subscribers in self.subscribers.values():
            subscribers.discard(client_id)

    def subscribe(self, client_id, topic):
        self.subscribers.setdefault(topic, set()).add(client_id)

    def unsubscribe(self, client_id, topic):
        self.subscribers.get(topic, set()).discard(client_id)

    async def send_personal(self, client_id, message):
        await self.connections[client_id].send_json(message)

    async def broadcast(self, topic, data):
        for client_id in list(self.subscribers.get(topic, ())):
            await self.send_personal(client_id, {"topic": topic, "data": data})


manager = ConnectionManager()


@app.websocket("/ws/{client_id}")
async def live(websocket: WebSocket, client_id: str):
    await manager.connect(client_id, websocket)
    try:
        while True:
            try:
                frame = await websocket.receive_json()
            except ValueError:
                await websocket.send_json({"type": "error", "message": "this is no JSON"})
                continue
            kind = frame.get("type")
            if kind == "subscribe":
                manager.subscribe(client_id, frame["topic"])
            elif kind == "unsubscribe":
                manager.unsubscribe(client_id, frame["topic"])
            elif kind == "ping":
                await websocket.send_json({"type": "pong"})
            elif kind == "leave":
                return  # and the framework closes with 1000
            else:
                await websocket.send_json({"received": frame})
    except WebSocketDisconnect:
        pass
    finally:
        manager.disconnect(client_id, websocket)


@app.post("/publish/{topic}")
async def publish(topic: str, request: Request):
    await manager.broadcast(topic, await request.json())
